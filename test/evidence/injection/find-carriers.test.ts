import { expect, test } from '@jest/globals';
import type { PodChange } from '../../../src/domain/measurement.ts';
import { tellCarriersApart, type OwnFault } from '../../../src/evidence/injection/find-carriers.ts';

const images = { scoring: 'registry.k8s.io/pause:3.9' };
const carriers = ['a', 'b', 'c'].map((pod) => ({ pod, images: Object.values(images) }));

const swapOf = (pod: string): PodChange => ({
  at: 1,
  pod,
  uid: pod,
  kind: 'image',
  detail: 'image changed',
  images,
  restored: false,
});

function tell(known: {
  readonly hit?: readonly string[];
  readonly before?: readonly string[];
  readonly swapped?: readonly string[];
  readonly areAllNamed?: boolean;
  readonly least?: number;
}) {
  const { hit = [], before = [], swapped = [], areAllNamed = false, least = 1 } = known;
  const own: OwnFault = {
    hit: new Set(hit),
    before: new Set(before),
    changes: swapped.map(swapOf),
    areAllNamed,
    least,
  };
  const { own: ours, others } = tellCarriersApart(carriers, own);
  return [ours, others].map((pods) => pods.map(({ pod }) => pod).join(''));
}

test.each([
  ['are those that it hit', { hit: ['a'], swapped: ['a', 'b', 'c'] }, ['a', 'bc']],
  ['are all where nobody knows of any that it hit', { swapped: ['a', 'b'] }, ['abc', '']],
  ['are none that carried one before', { before: ['b'] }, ['ac', 'b']],
  [
    'are also those that it hit once more',
    { hit: ['b'], before: ['b'], swapped: ['a', 'b', 'c'] },
    ['b', 'ac'],
  ],
  ['may have been hit unseen', { hit: ['a'], swapped: ['a', 'b'] }, ['ac', 'b']],
  ['may have been hit late', { hit: ['a'], swapped: ['a', 'b', 'c'], least: 2 }, ['abc', '']],
  ['were not where records name all that were', { hit: ['a'], areAllNamed: true }, ['a', 'bc']],
])('the pods that carry the fault of a run %s', (_, known, told) => {
  expect(tell(known)).toEqual(told);
});
