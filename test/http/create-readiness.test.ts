import { describe, expect, test } from '@jest/globals';
import type { HealthReport } from '../../src/domain/health.ts';
import { createReadiness } from '../../src/http/create-readiness.ts';

const well: HealthReport = { at: 0, checks: [{ name: 'store', ok: true, detail: 'answered' }] };
const away: HealthReport = { at: 0, checks: [{ name: 'azure', ok: false, detail: 'no answer' }] };
const never = () => new Promise<HealthReport>(() => undefined);
const quick = { waitMs: 1, strictWaitMs: 1 };

describe('readiness', () => {
  test('is answered while a dependency hangs', async () => {
    const readiness = createReadiness({ health: never, clock: Date, ...quick });
    expect(await readiness.probe(false)).toMatchObject({
      status: 200,
      body: { status: 'unknown' },
    });
    expect(await readiness.probe(true)).toMatchObject({ status: 503 });
  });

  test('shows what was known before a dependency hung', async () => {
    const answers = [Promise.resolve(away), never()];
    let now = 0;
    const clock = { now: () => now };
    const health = () => answers.shift() ?? never();
    const readiness = createReadiness({ health, clock, waitMs: 100 });
    await readiness.probe(false);
    now = 60_000;
    expect(await readiness.probe(false)).toMatchObject({
      status: 200,
      body: { status: 'degraded' },
    });
  });

  test('is asked for again after a while, and by one at a time', async () => {
    let asked = 0;
    let now = 0;
    const health = () => {
      asked += 1;
      return Promise.resolve(well);
    };
    const readiness = createReadiness({ health, clock: { now: () => now } });
    await Promise.all([readiness.probe(false), readiness.probe(true), readiness.probe(false)]);
    expect(asked).toBe(1);
    now = 5_001;
    await Promise.all([readiness.probe(false), readiness.probe(true)]);
    expect(asked).toBe(2);
  });

  test('is strict about dependencies that cannot be asked', async () => {
    const health = () => Promise.reject(new Error('no'));
    const readiness = createReadiness({ health, clock: Date });
    expect(await readiness.probe(true)).toMatchObject({ status: 503 });
    expect(await readiness.probe(false)).toMatchObject({ status: 200 });
  });

  test('ends with the process', async () => {
    const readiness = createReadiness({ health: () => Promise.resolve(well), clock: Date });
    readiness.end();
    expect(await readiness.probe(false)).toEqual({ status: 503, body: { status: 'ending' } });
  });
});
