import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { decodeObject } from '../../../lab/kubernetes-api/protobuf.ts';
import { messages } from '../../../lab/kubernetes-api/protobuf-messages.ts';
import { ApiError } from '../../../lab/kubernetes-api/status.ts';

const block = (number: number, bytes: readonly number[]) => [
  number * 8 + 2,
  bytes.length,
  ...bytes,
];
const text = (number: number, value: string) => block(number, [...Buffer.from(value)]);
const envelope = (kind: string, raw: readonly number[]) =>
  Buffer.from([
    ...Buffer.from('k8s\0'),
    ...block(1, [...text(1, 'policy/v1'), ...text(2, kind)]),
    ...block(2, raw),
  ]);

test('a disruption budget is read from protobuf, what is not known passed over', () => {
  const minusOne = [...Array<number>(9).fill(0xff), 1];
  const spec = [
    ...block(1, [8, 0, 16, ...minusOne]),
    ...block(2, [...block(1, [...text(1, 'app'), ...text(2, 'a')]), ...block(1, text(1, 'tier'))]),
    ...block(3, [8, 1, ...text(3, '50%')]),
  ];
  const raw = [
    ...block(1, [...text(1, 'diabetes'), ...text(3, '')]),
    ...block(2, spec),
    0xf8,
    1,
    7,
  ];
  expect(decodeObject(envelope('PodDisruptionBudget', raw), messages)).toEqual({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'diabetes' },
    spec: {
      minAvailable: -1,
      selector: { matchLabels: { app: 'a', tier: '' } },
      maxUnavailable: '50%',
    },
  });
});

test('an object of a kind that is not known is none', () => {
  expect(decodeObject(envelope('Lease', []), messages)).toBeUndefined();
});

test('whatever else comes is read or refused as the client’s mistake', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, wrapped) => {
      const body = wrapped ? envelope('PodDisruptionBudget', [...bytes]) : Buffer.from(bytes);
      try {
        decodeObject(body, messages);
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
    { numRuns: 2_000 },
  );
});
