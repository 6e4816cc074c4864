import { expect, test } from '@jest/globals';
import { toExecution, toExecutionState } from '../../src/azure/executions.ts';

test.each([
  ['PreProcessingQueued', 'preparing'],
  ['PreProcessing', 'preparing'],
  ['WaitingToStart', 'preparing'],
  ['Running', 'running'],
  ['Success', 'succeeded'],
  ['Cancelled', 'cancelled'],
  ['Failed', 'failed'],
  ['Cancelling', 'running'],
  ['SomethingNew', 'running'],
  ['constructor', 'running'],
  ['__proto__', 'running'],
  [undefined, 'running'],
])('an execution that is %s counts as %s', (status, state) => {
  expect(toExecutionState(status)).toBe(state);
});

test('an execution has no times where Azure has none', () => {
  const never = new Date('0001-01-01T00:00:00Z');
  const id = '/subscriptions/s/executions/4BD1B3A2-0000-4000-8000-000000000001';
  expect(toExecution({ id, status: 'Running', startedAt: new Date(5), stoppedAt: never })).toEqual({
    id: '4BD1B3A2-0000-4000-8000-000000000001',
    status: 'Running',
    state: 'running',
    startedAt: 5,
  });
});
