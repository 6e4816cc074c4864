import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createChaosStudioGateway } from '../../src/azure/chaos-studio-gateway.ts';
import { toApprovedRun } from '../../src/domain/approval.ts';
import type { ExecutionId, RunId } from '../../src/domain/ids.ts';
import { claimLost } from '../../src/domain/claim-lost.ts';
import { toDigest } from '../../src/domain/proposal.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { Clock, MonotonicClock } from '../../src/runs/ports/clock.ts';
import type { FaultGateway } from '../../src/runs/ports/fault-gateway.ts';
import { proposer, sampleCourse, sampleRun, sha256 } from '../support/proposal.ts';
import {
  principalId,
  serveScriptedAzure,
  type Mishap,
  type ScriptedExecution,
} from './scripted-azure.ts';

const approval = sampleCourse()[0] as Extract<RunEvent, { type: 'approved' }>;
const name = 'chaos-marshal-pod-failure-diabetes';
const startPath = `POST experiments/${name}/start`;
const cancelPath = `POST experiments/${name}/cancel`;
const listPath = `GET experiments/${name}/executions`;

let azure: Awaited<ReturnType<typeof serveScriptedAzure>>;
beforeAll(async () => {
  azure = await serveScriptedAzure();
});
afterAll(() => azure.close());
beforeEach(() => azure.reset());

/** Sleeps take no time here, but count as if they did. */
function createQuickClock(sleeps: number[] = []): Clock {
  let skippedMs = 0;
  return {
    now: () => Date.now() + skippedMs,
    async sleep(durationMs, signal) {
      if (signal?.aborted) return;
      sleeps.push(durationMs);
      skippedMs += durationMs;
      await delay(5);
    },
  };
}

const logged: string[] = [];
const write = (fields: object, message: string) => {
  logged.push(JSON.stringify(fields) + message);
};

function createGateway(
  overrides: {
    resourceManagerUrl?: string;
    clock?: Clock & Partial<MonotonicClock>;
    installation?: () => string | undefined;
  } = {},
): FaultGateway {
  const { clock = createQuickClock() } = overrides;
  return createChaosStudioGateway({
    subscriptionId: '5b1c0000-0000-4000-8000-000000000001',
    resourceGroup: 'chaos',
    resourceManagerUrl: `${azure.url}/`,
    installation: () => 'installation-a',
    credential: {
      getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
    },
    sha256,
    log: { info: write, warn: write, error: write },
    ...overrides,
    clock: { monotonicMs: () => clock.now(), ...clock },
  });
}

/** The execution of another run, which Azure does not list. */
const toExecutionId = (runId: string) => `execution of ${runId}` as ExecutionId;

/** A run on its way to its start: approved, steady, prepared. */
function startableRun() {
  const run = { ...sampleRun(sampleCourse().slice(0, 5)), startRequestedAt: Date.now() };
  const approved = toApprovedRun(run);
  if (!approved) throw new Error('The sample is approved.');
  return { ...approved, experimentName: name };
}

async function prepared() {
  const clock = createQuickClock();
  const gateway = createGateway({ clock });
  const run = startableRun();
  expect(await gateway.prepare(run)).toBe(name);
  return { gateway, run, clock, executions: azure.experiments.get(name)!.executions };
}

const past = (status = 'Success') => ({
  id: '11111111-0000-4000-8000-000000000001',
  status,
  startedAt: new Date(Date.now() - 30_000).toISOString(),
});

describe('preparing', () => {
  test('writes the experiment under its own name, bound to the run', async () => {
    const { run } = await prepared();
    expect(azure.experiments.get(name)?.tags).toMatchObject({
      'chaos-marshal-run': run.id,
      'chaos-marshal-digest': run.digest,
      'chaos-marshal-execution-before': 'none',
    });
    expect(azure.count(startPath)).toBe(0);
  });

  test('is tried again when Azure stumbles', async () => {
    azure.befall(`PUT experiments/${name}`, { status: 503 }, 2);
    azure.befall(`GET experiments/${name}`, 'cut');
    await prepared();
    expect(azure.count(`PUT experiments/${name}`)).toBe(3);
  });

  test('is refused while the experiment runs', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(past('Running'));
    await expect(gateway.prepare(run)).rejects.toMatchObject({ code: 'azure-conflict' });
  });

  test('waits for as long as Azure asks', async () => {
    const sleeps: number[] = [];
    azure.befall(`PUT experiments/${name}`, { status: 429, headers: { 'retry-after': '60' } });
    await createGateway({ clock: createQuickClock(sleeps) }).prepare(startableRun());
    expect(sleeps).toContain(60_000);
    expect(azure.count(`PUT experiments/${name}`)).toBe(2);
  });

  test('quotes the code and the sentence of Azure, and tells refusals apart', async () => {
    azure.befall(`PUT experiments/${name}`, { status: 403, code: 'RequestDisallowedByPolicy' });
    await expect(createGateway().prepare(startableRun())).rejects.toMatchObject({
      code: 'azure-policy-denied',
      message: expect.stringMatching(
        /Azure answered 403 RequestDisallowedByPolicy: As the script says\.$/,
      ),
    });
    expect(azure.count(`PUT experiments/${name}`)).toBe(1);
  });

  test('says which role is missing', async () => {
    azure.befall(`PUT experiments/${name}`, { status: 403, code: 'AuthorizationFailed' });
    await expect(createGateway().prepare(startableRun())).rejects.toMatchObject({
      code: 'azure-forbidden',
      suggestion: expect.stringContaining('Chaos Studio Experiment Contributor'),
    });
  });
});

describe('preparing an identity before the first run', () => {
  const { proposal } = startableRun();
  const plan = { ...proposal, by: proposer.id };

  test('creates an experiment without a fault and starts nothing', async () => {
    const gateway = createGateway();
    expect(await gateway.exists(proposal)).toBe(false);
    const identity = await gateway.prepareIdentity(plan);
    expect(identity).toMatchObject({
      experimentName: name,
      kind: 'system-assigned',
      created: true,
      principalId,
    });
    expect(identity.grants).toEqual(
      [
        'Azure Kubernetes Service RBAC Admin',
        'Azure Kubernetes Service Cluster User Role',
        'Azure Kubernetes Service Cluster Admin Role',
      ].map(
        (role) =>
          `az role assignment create --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role "${role}" --scope "${proposal.cluster.resourceId}"`,
      ),
    );
    const { properties, tags } = azure.experiments.get(name)!;
    expect(JSON.stringify(properties)).not.toMatch(/podChaos|jsonSpec|continuous/i);
    expect(tags).toMatchObject({ 'chaos-marshal-prepared-by': proposer.id });
    expect(azure.requests.filter((asked) => asked.startsWith('POST'))).toEqual([]);
    expect(await gateway.exists(proposal)).toBe(true);
  });

  test('leaves an experiment alone that has the right identity', async () => {
    const { gateway, run } = await prepared();
    expect(await gateway.prepareIdentity(plan)).toMatchObject({ created: false, principalId });
    expect(azure.count(`PUT experiments/${name}`)).toBe(1);
    expect(await gateway.start(run)).toBeDefined();
  });

  test('writes it again where chaos.yaml names another identity', async () => {
    const { gateway } = await prepared();
    const experimentIdentityId = '/subscriptions/s/identities/chaos';
    const cluster = { ...proposal.cluster, experimentIdentityId };
    expect(await gateway.prepareIdentity({ ...plan, cluster })).toMatchObject({
      created: true,
      kind: 'user-assigned',
    });
  });

  test('never overwrites what it did not create, nor what runs', async () => {
    const { gateway, executions } = await prepared();
    const cluster = { ...proposal.cluster, experimentIdentityId: '/subscriptions/s/identity' };
    executions.unshift(past('Running'));
    const writing = () => gateway.prepareIdentity({ ...plan, cluster });
    await expect(writing()).rejects.toMatchObject({ code: 'azure-conflict' });
    azure.experiments.get(name)!.tags = {};
    await expect(writing()).rejects.toMatchObject({
      message: expect.stringContaining('did not create'),
    });
    expect(azure.count(`PUT experiments/${name}`)).toBe(1);
  });

  test('tries again while Azure stumbles', async () => {
    azure.befall(`GET experiments/${name}`, { status: 503 });
    azure.befall(`PUT experiments/${name}`, 'cut');
    azure.befall(`PUT experiments/${name}`, { status: 429, headers: { 'retry-after': '30' } });
    expect(await createGateway().prepareIdentity(plan)).toMatchObject({ created: true });
  });

  test('asks once whether an experiment exists, however many ask', async () => {
    const gateway = createGateway();
    const answers = await Promise.all(Array.from({ length: 200 }, () => gateway.exists(proposal)));
    expect(new Set(answers)).toEqual(new Set([false]));
    expect(azure.count(`GET experiments/${name}`)).toBe(1);
  });
});

describe('starting', () => {
  test('names the execution before Azure has prepared it', async () => {
    const { gateway, run, executions } = await prepared();
    executions.push(past());
    const executionId = await gateway.start(run);
    expect(executionId).toBe(executions[0]?.id);
    expect(azure.count(startPath)).toBe(1);
  });

  test('names it by the operation when no list shows it', async () => {
    const { gateway, run, executions } = await prepared();
    azure.script.hideExecutions = true;
    azure.script.operationStatus = 'Succeeded';
    expect(await gateway.start(run)).toBe(executions[0]?.id);
    expect(azure.count(startPath)).toBe(1);
  });

  test.each<['lose' | 'cut' | { status: number }]>([
    ['lose'],
    ['cut'],
    [{ status: 500 }],
    [{ status: 503 }],
    [{ status: 408 }],
  ])('is never sent twice when the answer is unclear: %j', async (mishap) => {
    const { gateway, run } = await prepared();
    azure.befall(startPath, mishap);
    await expect(gateway.start(run)).rejects.toMatchObject({ name: 'ChaosError' });
    expect(azure.count(startPath)).toBe(1);
  });

  test('is sent again after 429, which says that it was not taken', async () => {
    const { gateway, run, executions } = await prepared();
    azure.befall(startPath, { status: 429, headers: { 'retry-after': '1' } }, 2);
    expect(await gateway.start(run)).toBe(executions[0]?.id);
    expect(executions).toHaveLength(1);
  });

  test('gives up when Azure goes on throttling, with nothing started', async () => {
    const { gateway, run, executions } = await prepared();
    azure.befall(startPath, { status: 429, headers: { 'retry-after': '300' } }, 1_000);
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-throttled' });
    expect(executions).toHaveLength(0);
    expect(await gateway.findStarted(run)).toBeUndefined();
  });

  test.each([429, 500])(
    'is not sent again when polling fails with %s once Azure has accepted',
    async (status) => {
      const { gateway, run, executions } = await prepared();
      azure.befall('operationStatuses', { status }, 1_000);
      expect(await gateway.start(run)).toBe(executions[0]?.id);
      expect(azure.count(startPath)).toBe(1);
    },
  );

  test.each([
    ['without approval', { approvals: [] }],
    [
      'with an approval of its proposer',
      { approvals: sampleRun([{ ...approval, by: proposer }]).approvals },
    ],
    ['with the approval of another digest', { digest: 'f'.repeat(64) }],
    ['with a proposal that is not what was approved', 'changed'],
  ])('%s sends nothing', async (_, change) => {
    const { gateway, run } = await prepared();
    const proposal = {
      ...run.proposal,
      fault: { ...run.proposal.fault, mode: 'all' as const },
    };
    const forged = (
      typeof change === 'string' ? { ...run, proposal } : { ...run, ...change }
    ) as typeof run;
    azure.requests.length = 0;
    await expect(gateway.start(forged)).rejects.toMatchObject({ code: 'not-approved' });
    await expect(gateway.prepare(forged)).rejects.toMatchObject({ code: 'not-approved' });
    expect(azure.requests).toEqual([]);
  });

  test('of a rehearsal sends nothing, however well it is approved', async () => {
    const proposal = { ...sampleRun().proposal, rehearsal: true as const };
    const digest = toDigest(proposal, sha256);
    const rehearsal = toApprovedRun(sampleRun([{ ...approval, digest }], { rehearsal: true }));
    if (!rehearsal) throw new Error('it is approved');
    const gateway = createGateway();
    const experimentName = await gateway.prepare(rehearsal);
    azure.requests.length = 0;
    const started = gateway.start({ ...rehearsal, experimentName });
    await expect(started).rejects.toMatchObject({ code: 'not-approved' });
    expect(azure.requests).toEqual([]);
  });

  const lastLooks = [`GET experiments/${name}`, listPath];
  const passing: Mishap[] = [
    'cut',
    'lose',
    { status: 408 },
    { status: 429, headers: { 'retry-after': '60' } },
    { status: 500 },
    { status: 502 },
    { status: 503 },
    { status: 504 },
  ];
  test.each(lastLooks.flatMap((look) => passing.map((mishap) => [look, mishap] as const)))(
    'looks again when %s comes to %j, since nothing was asked for yet',
    async (look, mishap) => {
      const { gateway, run, executions } = await prepared();
      azure.befall(look, mishap);
      expect(await gateway.start(run)).toBe(executions[0]?.id);
      expect(azure.count(startPath)).toBe(1);
    },
  );

  test('looks again when Azure does not answer at all', async () => {
    const { gateway, run, executions } = await prepared();
    azure.befall(`GET experiments/${name}`, 'hang');
    expect(await gateway.start(run)).toBe(executions[0]?.id);
    expect(azure.count(startPath)).toBe(1);
  });

  test('gives up the last look when Azure asks to wait for too long, with nothing started', async () => {
    const { gateway, run } = await prepared();
    azure.befall(listPath, { status: 429, headers: { 'retry-after': '300' } }, 1_000);
    const looked = azure.count('/executions');
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-throttled' });
    expect(azure.count('/executions')).toBe(looked + 1);
    expect(azure.count(startPath)).toBe(0);
  });

  test('gives up the last look after a while, with nothing started', async () => {
    const { gateway, run } = await prepared();
    azure.befall(listPath, { status: 503 }, 1_000);
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-unreachable' });
    expect(azure.count(startPath)).toBe(0);
    expect(await gateway.findStarted(run)).toBeUndefined();
  });

  test.each([`GET experiments/${name}`, listPath, startPath])(
    'takes no effect once it was called off while %s had to wait',
    async (on) => {
      const { run, executions } = await prepared();
      const stopping = new AbortController();
      const quick = createQuickClock();
      const clock: Clock = {
        ...quick,
        sleep: (durationMs, signal) => {
          stopping.abort();
          return quick.sleep(durationMs, signal);
        },
      };
      azure.befall(on, { status: 429 });
      expect(await createGateway({ clock }).start(run, stopping.signal)).toBe('called-off');
      expect(executions).toEqual([]);
      expect(azure.count(startPath)).toBe(on === startPath ? 1 : 0);
    },
  );

  test('is not sent when it was called off while it was asked whether it may be', async () => {
    const { gateway, run } = await prepared();
    const stopping = new AbortController();
    const requireMay = async () => stopping.abort();
    expect(await gateway.start(run, stopping.signal, requireMay)).toBe('called-off');
    expect(azure.count(startPath)).toBe(0);
  });

  test('is not sent when it was called off before', async () => {
    const { gateway, run } = await prepared();
    expect(await gateway.start(run, AbortSignal.abort())).toBe('called-off');
    expect(azure.count(startPath)).toBe(0);
  });

  test('is refused when somebody changed the experiment after it was prepared', async () => {
    const { gateway, run } = await prepared();
    azure.experiments.get(name)!.properties['steps'] = [];
    await expect(gateway.start(run)).rejects.toMatchObject({
      code: 'azure-conflict',
      message: expect.stringContaining('the faults'),
    });
    expect(azure.count(startPath)).toBe(0);
  });

  test('is refused when the experiment was prepared for another run since', async () => {
    const { gateway, run } = await prepared();
    await gateway.prepare({ ...run, id: 'r-000000' as RunId });
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-conflict' });
    expect(azure.count(startPath)).toBe(0);
  });
});

describe('what a start brought about whose answer was lost', () => {
  test('is found, by the same process and by the next one', async () => {
    const { gateway, run, executions } = await prepared();
    executions.push(past());
    azure.befall(startPath, 'lose');
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-unreachable' });
    expect(await createGateway().findStarted(run)).toBe(executions[0]?.id);
    expect(await gateway.findStarted(run)).toBe(executions[0]?.id);
  });

  test('is nothing when Azure never saw it', async () => {
    const { gateway, run } = await prepared();
    azure.befall(startPath, 'cut');
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-unreachable' });
    expect(await gateway.findStarted(run)).toBeUndefined();
    expect(await createGateway().findStarted(run)).toBeUndefined();
  });

  test('is not what ran before the experiment was prepared, however near in time', async () => {
    const gateway = createGateway();
    const run = startableRun();
    await gateway.prepare(run);
    azure.experiments.get(name)!.executions.push(past());
    await gateway.prepare(run);
    expect(await createGateway().findStarted(run)).toBeUndefined();
  });

  test('is not what somebody else started when ours was refused', async () => {
    const { gateway, run, executions } = await prepared();
    azure.befall(startPath, { status: 409 });
    await expect(gateway.start(run)).rejects.toMatchObject({ code: 'azure-conflict' });
    executions.unshift({ ...past('Running'), startedAt: new Date().toISOString() });
    expect(await gateway.findStarted(run)).toBeUndefined();
  });

  test('is found although Azure shows it late and stumbles meanwhile', async () => {
    const { run, executions } = await prepared();
    azure.befall(listPath, { status: 503 }, 3);
    executions.unshift(past('PreProcessing'));
    expect(await createGateway().findStarted(run)).toBe(executions[0]?.id);
  });

  test.each([
    [40_000, 0, 'is found'],
    [100_000, 0, 'is found'],
    [15_000, 600_000, 'is found'],
    [60_000, 600_000, 'is not waited for'],
  ])('that is listed after %d ms, asked for %d ms ago, %s', async (lateMs, agoMs, what) => {
    const { run, executions } = await prepared();
    const clock = createQuickClock();
    const showsAt = clock.now() + lateMs;
    const late: Clock = {
      now: () => clock.now(),
      async sleep(durationMs, signal) {
        await clock.sleep(durationMs, signal);
        if (clock.now() >= showsAt && executions.length === 0)
          executions.unshift(past('PreProcessing'));
      },
    };
    const asked = { ...run, startRequestedAt: clock.now() - agoMs };
    const found = await createGateway({ clock: late }).findStarted(asked);
    expect(found).toBe(what === 'is found' ? executions[0]?.id : undefined);
    expect(found === undefined).toBe(what !== 'is found');
  });

  test('is found while it runs, however far our clock is ahead of that of Azure', async () => {
    const { run, executions } = await prepared();
    const started = new Date(Date.now() - 180_000).toISOString();
    executions.unshift({ ...past('Running'), startedAt: started });
    expect(await createGateway().findStarted(run)).toBe(executions[0]?.id);
  });

  test.each([300_000, 3_600_000])(
    'is looked for no longer where our clock is set back by %d ms',
    async (backMs) => {
      const { run } = await prepared();
      const clock = createQuickClock();
      let sleptMs = 0;
      const setBack: Clock = {
        now: () => clock.now() - (sleptMs > 10_000 ? backMs : 0),
        async sleep(durationMs, signal) {
          sleptMs += durationMs;
          await clock.sleep(durationMs, signal);
        },
      };
      const asked = { ...run, startRequestedAt: clock.now() };
      expect(await createGateway({ clock: setBack }).findStarted(asked)).toBeUndefined();
      expect(sleptMs).toBeLessThan(125_000);
      const ahead = { ...run, startRequestedAt: clock.now() + backMs };
      const sleeps: number[] = [];
      const from = createQuickClock(sleeps);
      expect(await createGateway({ clock: from }).findStarted(ahead)).toBeUndefined();
      expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(125_000);
    },
  );
});

describe('reading', () => {
  test('says why an execution failed and what to do', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(past('Failed'));
    azure.script.failure = 'The target resource(s) could not be resolved.';
    const { id, startedAt } = executions[0]!;
    expect(await gateway.read(run, id as ExecutionId)).toEqual({
      executionId: id,
      state: 'failed',
      status: 'Failed',
      startedAt: Date.parse(startedAt),
      problem: {
        message: 'The target resource(s) could not be resolved.',
        suggestion: expect.stringContaining('RBAC Admin'),
      },
    });
  });

  test('says that it failed even when the reason cannot be had', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(past('Failed'));
    azure.befall('/getExecutionDetails', { status: 500 });
    const report = await gateway.read(run, executions[0]!.id as ExecutionId);
    expect(report.state).toBe('failed');
    expect(report.problem?.message).toContain('no reason');
  });

  test('never waits for long: a throttled read rejects at once', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(past('Running'));
    azure.befall(executions[0]!.id, { status: 429, headers: { 'retry-after': '300' } });
    await expect(gateway.read(run, executions[0]!.id as ExecutionId)).rejects.toMatchObject({
      code: 'azure-throttled',
    });
  });
});

const accepted = { kind: 'accepted' };

describe('cancelling while the experiment runs for another run', () => {
  const own = 'aaaaaaaa-0000-4000-8000-000000000001' as ExecutionId;
  const running = () => ({ ...past('Running'), id: 'bbbbbbbb-0000-4000-8000-000000000002' });
  const withheld = { kind: 'withheld' };

  test('is withheld once the execution of the run is over', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(running(), { ...past('Success'), id: own });
    expect(await gateway.cancel({ ...run, executionId: own })).toEqual(withheld);
    expect(await gateway.cancel({ ...run, executionId: own }, { urgent: true })).not.toEqual(
      accepted,
    );
    expect(azure.count(cancelPath)).toBe(0);
  });

  test('is withheld from a run without an execution when the experiment was written for another', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(running());
    const earlier = { ...run, id: 'r-000001' as RunId };
    expect(await gateway.cancel(earlier)).toEqual(withheld);
    expect(azure.count(cancelPath)).toBe(0);
    expect(await gateway.cancel(run)).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(1);
  });

  test('is sent while the execution of the run is not known to be over', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(running(), { ...past('Running'), id: own });
    expect(await gateway.cancel({ ...run, executionId: own })).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(1);
  });

  test.each(['hang', 'cut'] as const)('is sent where Azure does not say (%s)', async (mishap) => {
    const { gateway, run, executions } = await prepared();
    executions.unshift(running(), { ...past('Success'), id: own });
    azure.befall(listPath, mishap, 100);
    expect(await gateway.cancel({ ...run, executionId: own })).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(1);
  });

  test('is asked about last, and not sent where the conductor may not cancel any more', async () => {
    const { gateway, run } = await prepared();
    const mayCancel = () => Promise.resolve(false);
    expect(await gateway.cancel(run, { mayCancel })).toEqual(withheld);
    expect(azure.count(cancelPath)).toBe(0);
  });

  test('a person ends the fault at once whose cancel a conductor may not send any more', async () => {
    const { gateway, run, executions } = await prepared();
    executions.unshift({ ...running(), id: own });
    const started = { ...run, executionId: own };
    const mayCancel = () => Promise.resolve(false);
    const [conductor, person] = await Promise.all([
      gateway.cancel(started, { mayCancel }),
      gateway.cancel(started, { urgent: true }),
    ]);
    expect(conductor).toEqual(withheld);
    expect(person).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(1);
  });
});

test('a start is not sent where the conductor may not start any more', async () => {
  const { gateway, run } = await prepared();
  const start = gateway.start(run, undefined, () => Promise.reject(claimLost(run.id)));
  await expect(start).rejects.toMatchObject({ code: 'claim-lost' });
  expect(azure.count(startPath)).toBe(0);
  expect(await gateway.findStarted(run)).toBeUndefined();
});

describe('cancelling', () => {
  test('repeats at once what passes by itself', async () => {
    const { gateway, run, executions } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, { status: 500 });
    azure.befall(cancelPath, 'cut');
    expect(await gateway.cancel(run)).toEqual(accepted);
    expect(executions[0]?.status).toBe('Cancelled');
    expect(azure.count(cancelPath)).toBe(3);
  });

  test.each([
    [403, 'AuthorizationFailed', 'azure-forbidden', 1],
    [404, 'ResourceNotFound', 'azure-not-found', 3],
    [409, 'Conflict', 'azure-conflict', 3],
    [429, 'TooManyRequests', 'azure-throttled', 1],
  ])('reports a %i at once, in the words of Azure', async (status, code, problem, sent) => {
    const { gateway, run } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, { status, code }, 1_000);
    expect(await gateway.cancel(run)).toEqual({
      kind: 'refused',
      refusal: {
        problem,
        status,
        code,
        sentence: 'As the script says.',
        suggestion: expect.any(String),
        portalUrl: expect.stringMatching(
          new RegExp(`^https://portal.azure.com/#resource/subscriptions/.*/experiments/${name}$`),
        ),
      },
    });
    expect(azure.count(cancelPath)).toBe(sent);
  });

  test('waits for as long as Azure asks', async () => {
    const { gateway, run, clock } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, { status: 429, headers: { 'retry-after': '60' } });
    await gateway.cancel(run);
    await clock.sleep(59_000);
    expect(await gateway.cancel(run)).toEqual({ kind: 'waiting' });
    await clock.sleep(2_000);
    expect(await gateway.cancel(run)).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(2);
  });

  test('of one execution is one request, however many ask at once', async () => {
    const { gateway, run } = await prepared();
    const executionId = (await gateway.start(run)) as ExecutionId;
    const started = { ...run, executionId };
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => gateway.cancel(started)));
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => accepted));
    expect(azure.count(cancelPath)).toBe(1);
  });

  test('of one execution is one request when people and the conductor ask within seconds', async () => {
    const { gateway, run, clock } = await prepared();
    const executionId = (await gateway.start(run)) as ExecutionId;
    const started = { ...run, executionId };
    for (const urgent of [true, false, true])
      expect(await gateway.cancel(started, { urgent })).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(1);
    await clock.sleep(2_000);
    expect(await gateway.cancel(started)).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(1);
    expect(await gateway.cancel(started, { urgent: true })).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(2);
    await clock.sleep(10_000);
    expect(await gateway.cancel(started)).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(3);
  });

  test('is done when the answer was lost but the fault is gone', async () => {
    const { gateway, run, executions } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, 'lose');
    await gateway.cancel(run);
    expect(executions[0]?.status).toBe('Cancelled');
  });

  test('is done once Azure has accepted, whatever polling says', async () => {
    const { gateway, run } = await prepared();
    await gateway.start(run);
    azure.befall('operationStatuses', { status: 500 }, 1_000);
    await gateway.cancel(run);
    expect(azure.count(cancelPath)).toBe(1);
  });

  test('does no harm when nothing runs, nor when there is no experiment', async () => {
    const { gateway, run, clock } = await prepared();
    await gateway.cancel(run);
    azure.experiments.clear();
    await clock.sleep(1_000);
    await gateway.cancel(run);
    expect(azure.count(cancelPath)).toBe(2);
  });

  test('asks once more while Azure refuses for a moment and something runs', async () => {
    const { gateway, run, executions } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, { status: 409 }, 2);
    expect(await gateway.cancel(run)).toEqual(accepted);
    expect(executions[0]?.status).toBe('Cancelled');
  });

  test('reports that Azure cannot be reached', async () => {
    const { gateway, run } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, 'cut', 1_000);
    expect(await gateway.cancel(run)).toMatchObject({
      kind: 'refused',
      refusal: { problem: 'azure-unreachable' },
    });
  });

  test('stays within what Azure allows in five minutes, quick repeats included', async () => {
    const { gateway, run, clock } = await prepared();
    await gateway.start(run);
    azure.befall(cancelPath, { status: 500 }, 10_000);
    for (const endsAt = clock.now() + 290_000; clock.now() < endsAt; await clock.sleep(1_000))
      for (const id of ['r-aaaaaa', 'r-bbbbbb', 'r-cccccc'])
        await gateway.cancel({ ...run, id: id as RunId });
    expect(azure.count(cancelPath)).toBeLessThanOrEqual(100);
  });

  test('of everything keeps to the same limit, however often people ask', async () => {
    for (const letter of ['a', 'b', 'c', 'd'])
      azure.experiments.set(`chaos-marshal-${letter}`, {
        name: `chaos-marshal-${letter}`,
        tags: { product: 'Chaos Marshal' },
        properties: {},
        executions: [past('Running')],
      });
    azure.befall('/cancel', { status: 500 }, 10_000);
    const clock = createQuickClock();
    const gateway = createGateway({ clock });
    const failed: unknown[] = [];
    for (const endsAt = clock.now() + 260_000; clock.now() < endsAt;)
      await gateway.cancelAll().catch((error: unknown) => failed.push(error));
    expect(failed.length).toBeGreaterThan(3);
    expect(azure.count('/cancel')).toBeLessThanOrEqual(100);
  });

  /** Sends the first cancels of as many faults as Azure allows in five minutes. */
  async function useUpLimit(gateway: FaultGateway, run: Parameters<FaultGateway['cancel']>[0]) {
    const ids = Array.from({ length: 100 }, (_, index) => `r-${String(index).padStart(6, '0')}`);
    for (const id of ids)
      expect(
        await gateway.cancel({ ...run, id: id as RunId, executionId: toExecutionId(id) }),
      ).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(100);
  }

  test('is held when the limit is used up, says until when, and is sent when there is room', async () => {
    const { gateway, run, clock } = await prepared();
    await gateway.start(run);
    const before = clock.now();
    await useUpLimit(gateway, run);
    for (const urgent of [true, false])
      expect(await gateway.cancel(run, { urgent })).toEqual({
        kind: 'refused',
        refusal: {
          problem: 'azure-throttled',
          sentence: '',
          suggestion: expect.stringContaining('choose Stop'),
          portalUrl: expect.stringContaining(name),
          heldUntil: expect.any(Number),
        },
      });
    const outcome = await gateway.cancel(run);
    const heldUntil = outcome.kind === 'refused' ? (outcome.refusal.heldUntil ?? 0) : 0;
    expect(heldUntil).toBeGreaterThanOrEqual(before + 300_000);
    expect(azure.count(cancelPath)).toBe(100);
    await clock.sleep(heldUntil - clock.now());
    expect(await gateway.cancel(run)).toEqual(accepted);
    expect(azure.count(cancelPath)).toBe(101);
  });

  test('is sent again in time though the time of day was set back by an hour', async () => {
    const steady = createQuickClock();
    let backMs = 0;
    const clock = {
      ...steady,
      now: () => steady.now() - backMs,
      monotonicMs: () => steady.now(),
    };
    const { run } = await prepared();
    const gateway = createGateway({ clock });
    await gateway.start(run);
    azure.befall(cancelPath, { status: 403 });
    expect(await gateway.cancel(run)).toMatchObject({ kind: 'refused' });
    backMs = 3_600_000;
    await clock.sleep(2_000);
    expect(await gateway.cancel(run)).toEqual(accepted);
    // What Azure accepted is asked for again, too.
    await clock.sleep(20_000);
    const count = azure.count(cancelPath);
    await gateway.cancel(run);
    expect(azure.count(cancelPath)).toBe(count + 1);
  });

  const addRunning = (experiment: string) => {
    const executions = [past('Running')];
    const tags = { product: 'Chaos Marshal' };
    azure.experiments.set(experiment, { name: experiment, tags, properties: {}, executions });
    return executions;
  };

  test('of everything is refused at once when the limit is used up', async () => {
    const sleeps: number[] = [];
    const gateway = createGateway({ clock: createQuickClock(sleeps) });
    await useUpLimit(gateway, startableRun());
    sleeps.length = 0;
    addRunning('chaos-marshal-a');
    await expect(gateway.cancelAll()).rejects.toMatchObject({
      code: 'azure-throttled',
      message: expect.stringMatching(/chaos-marshal-a was not sent.*until \d\d:\d\d:\d\d UTC/),
      suggestion: expect.stringContaining('choose Stop'),
    });
    expect(sleeps).toEqual([]);
  });

  test('of everything, asked for by two people at once, waits for no second request', async () => {
    const sleeps: number[] = [];
    const gateway = createGateway({ clock: createQuickClock(sleeps) });
    addRunning('chaos-marshal-a');
    await Promise.all([gateway.cancelAll(), gateway.cancelAll()]);
    expect(azure.count('/cancel')).toBe(1);
    expect(sleeps).toEqual([]);
  });

  test('of everything, asked for again while Azure is ending it, is done', async () => {
    const sleeps: number[] = [];
    const gateway = createGateway({ clock: createQuickClock(sleeps) });
    const [execution] = addRunning('chaos-marshal-a');
    expect(await gateway.cancelAll()).toMatchObject({ cancelled: ['chaos-marshal-a'] });
    if (execution) execution.status = 'Running';
    expect(await gateway.cancelAll()).toMatchObject({ cancelled: ['chaos-marshal-a'] });
    expect(azure.count('/cancel')).toBe(1);
    expect(sleeps).toEqual([]);
  });

  test('of everything ends what runs of ours and touches nothing else', async () => {
    const running = () => [past('Running')];
    const ours = { product: 'Chaos Marshal' };
    const add = (name: string, executions: ScriptedExecution[], tags: object = ours) =>
      azure.experiments.set(name, { name, tags: { ...tags }, properties: {}, executions });
    add('chaos-marshal-a', running());
    add('chaos-marshal-b', []);
    add('chaos-marshal-c', running());
    add('payroll', running(), {});
    azure.befall('GET experiments/chaos-marshal-c/executions', { status: 500 });
    expect(await createGateway().cancelAll()).toEqual({
      cancelled: ['chaos-marshal-a', 'chaos-marshal-c'],
      leftAlone: 0,
    });
    expect(azure.experiments.get('payroll')?.executions[0]?.status).toBe('Running');
    expect(azure.requests.filter((asked) => asked.endsWith('/cancel'))).toHaveLength(2);
  });

  describe('of everything, where others have experiments in the resource group', () => {
    const statusOf = (name: string) => azure.experiments.get(name)?.executions[0]?.status;
    const add = (name: string, installation?: string) =>
      azure.experiments.set(name, {
        name,
        tags: {
          product: 'Chaos Marshal',
          ...(installation ? { 'chaos-marshal-installation': installation } : {}),
        },
        properties: {},
        executions: [past('Running')],
      });

    test('ends those of its installation and those of no known one, and counts what runs of others', async () => {
      add('chaos-marshal-own', 'installation-a');
      add('chaos-marshal-old');
      add('chaos-marshal-foreign', 'installation-b');
      add('chaos-marshal-unread', 'installation-b');
      add('chaos-marshal-idle', 'installation-b');
      azure.experiments.get('chaos-marshal-idle')!.executions.length = 0;
      azure.befall('GET experiments/chaos-marshal-unread/executions', { status: 500 });
      expect(await createGateway().cancelAll()).toEqual({
        cancelled: ['chaos-marshal-own', 'chaos-marshal-old'],
        leftAlone: 2,
      });
      expect(statusOf('chaos-marshal-foreign')).toBe('Running');
      expect(statusOf('chaos-marshal-own')).toBe('Cancelled');
    });

    test('ends all of them while it does not know which installation it is', async () => {
      add('chaos-marshal-foreign', 'installation-b');
      const gateway = createGateway({ installation: () => undefined });
      expect(await gateway.cancelAll()).toEqual({
        cancelled: ['chaos-marshal-foreign'],
        leftAlone: 0,
      });
    });

    test('is possible because each experiment that is written carries the installation', async () => {
      await prepared();
      expect(azure.experiments.get(name)?.tags).toMatchObject({
        'chaos-marshal-installation': 'installation-a',
      });
    });
  });
});

describe('checking', () => {
  test('asks for one page', async () => {
    await createGateway().check();
    expect(azure.requests).toEqual(['GET experiments']);
  });

  test('rejects when nobody answers', async () => {
    const gateway = createGateway({ resourceManagerUrl: 'https://127.0.0.1:1' });
    await expect(gateway.check()).rejects.toMatchObject({ code: 'azure-unreachable' });
  });

  test('never sends a token without TLS', async () => {
    const gateway = createGateway({ resourceManagerUrl: azure.url.replace('https', 'http') });
    await expect(gateway.check()).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

test('no token is ever logged', () => {
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.join('\n')).not.toContain('a-token');
});
