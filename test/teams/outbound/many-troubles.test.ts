import { expect, test } from '@jest/globals';
import { DeliveryLog } from '../../../src/teams/outbound/delivery-log.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => 0, sleep: () => Promise.resolve() };

test('of very many conversations that Teams refuses, those that failed last are kept', () => {
  const deliveries = new DeliveryLog({ clock, log });
  for (let number = 0; number < 3_000; number += 1)
    deliveries.listen({ conversationId: `19:${number}` }).silenced(new Error('refused'));
  const { detail } = deliveries.health();
  // Five are named.
  expect(detail).toMatch(/And 995 more\.$/);
  expect(detail).toContain('Messages to 19:2000 have been waiting');
});
