import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startChaosStudio, type ChaosStudio } from '../../lab/chaos-studio/start-chaos-studio.ts';
import { startManagedIdentity, type ManagedIdentity } from '../../lab/identity/managed-identity.ts';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import { createChaosStudioGateway } from '../../src/azure/chaos-studio-gateway.ts';
import { createAzureCredential } from '../../src/azure/credential.ts';
import { toApprovedRun } from '../../src/domain/approval.ts';
import type { ExecutionState } from '../../src/domain/run-event.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { FaultGateway } from '../../src/runs/ports/fault-gateway.ts';
import {
  approver,
  sampleProposal,
  sampleProposed,
  sampleRun,
  sha256,
} from '../support/proposal.ts';

const subscriptionId = '5b1c0000-0000-4000-8000-000000000001';
const resourceGroup = 'chaos';
const audience = 'https://management.azure.com';
const resourceId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/aks`;
const cluster = { ...sampleProposal().cluster, resourceId };

const failed = new Set<string>();
const trusted = tls.getCACertificates('default');
const environment = { ...process.env };
let identity: ManagedIdentity;
let studio: ChaosStudio;
let gateway: FaultGateway;

const pods = ['a', 'b', 'c'].map((letter) => ({
  metadata: { name: `diabetes-${letter}`, namespace: 'default', labels: { app: 'diabetes' } },
  spec: { containers: [{ name: 'scoring' }] },
  status: { phase: 'Running' },
}));

beforeAll(async () => {
  identity = await startManagedIdentity({ host: '127.0.0.1', port: 0, audiences: [audience] });
  const authority = await createCertificateAuthority('Lab of a test');
  tls.setDefaultCACertificates([...trusted, authority.caPem]);
  process.env['IDENTITY_ENDPOINT'] = identity.identityEndpoint;
  process.env['IDENTITY_HEADER'] = identity.identityHeader;
  studio = await startChaosStudio({
    host: '127.0.0.1',
    port: 0,
    tls: await authority.issue(['127.0.0.1']),
    verifyToken: (token) => identity.verify(token, audience),
    subscriptionId,
    resourceGroup,
    location: cluster.location,
    cluster: { resourceId },
    pods: { pods: () => pods },
    faults: {
      failPod({ name }) {
        failed.add(name);
        return () => void failed.delete(name);
      },
      killPod: () => undefined,
      killContainers: () => undefined,
    },
    pace: 'brisk',
  });
  gateway = createGateway();
});

afterAll(async () => {
  await studio.close();
  await identity.close();
  tls.setDefaultCACertificates(trusted);
  for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER']) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
});

beforeEach(() => studio.setFault({ mode: 'ok' }));

function createGateway(overrides: { resourceGroup?: string } = {}): FaultGateway {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return createChaosStudioGateway({
    subscriptionId,
    resourceGroup,
    resourceManagerUrl: studio.url,
    installation: () => undefined,
    credential: createAzureCredential(),
    clock: {
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
      sleep: (durationMs) => delay(durationMs),
    },
    sha256,
    log: silent,
    ...overrides,
  });
}

function approvedRun(overrides: Partial<Proposal> = {}) {
  const changes = { cluster, ...overrides };
  const { digest } = sampleProposed(changes);
  const via = { kind: 'card' as const };
  const run = sampleRun([{ type: 'approved', by: approver, memberOf: [], digest, via }], changes);
  const approved = toApprovedRun({ ...run, startRequestedAt: Date.now() });
  if (!approved) throw new Error('The sample is approved.');
  return approved;
}

async function start(overrides: Partial<Proposal> = {}) {
  const run = approvedRun(overrides);
  const prepared = { ...run, experimentName: await gateway.prepare(run) };
  const executionId = await gateway.start(prepared);
  if (executionId === 'called-off') throw new Error('Nobody called the start off.');
  return { run: prepared, executionId };
}

type Started = Awaited<ReturnType<typeof start>>;

async function until(wanted: ExecutionState, { run, executionId }: Started) {
  for (;;) {
    const report = await gateway.read(run, executionId);
    if (report.state === wanted) return report;
    if (report.state !== 'preparing' && report.state !== 'running')
      throw new Error(`The execution is ${report.status}, not ${wanted}.`);
    await delay(100);
  }
}

const countStarts = () =>
  studio.requests.entries().filter(({ path }) => path.endsWith('/start')).length;

describe("against the lab's Chaos Studio, with its managed identity", () => {
  test('an approved run hits its pods and a cancel brings them back', async () => {
    const starts = countStarts();
    const started = await start();
    expect(countStarts()).toBe(starts + 1);
    expect(await gateway.read(started.run, started.executionId)).toMatchObject({
      state: 'preparing',
    });
    await until('running', started);
    while (failed.size === 0) await delay(20);
    expect(failed.size).toBe(1);
    await gateway.cancel(started.run);
    const report = await until('cancelled', started);
    expect(report.stoppedAt).toBeGreaterThanOrEqual(report.startedAt ?? Infinity);
    expect(failed.size).toBe(0);
    expect(await gateway.findStarted(started.run)).toBe(started.executionId);
    await gateway.cancel(started.run);
  });

  test('a run that nobody stops ends by its own duration', async () => {
    const fault = { action: 'pod-failure', mode: 'all', durationMs: 1_000 } as const;
    const started = await start({ fault });
    expect(await until('succeeded', started)).toMatchObject({ status: 'Success' });
    expect(failed.size).toBe(0);
  });

  test('a cancel right after the start prevents the fault', async () => {
    const started = await start();
    await gateway.cancel(started.run);
    await until('cancelled', started);
    expect(failed.size).toBe(0);
  });

  test('a cluster that is no target says what to do', async () => {
    const elsewhere = { ...cluster, resourceId: resourceId.replace(/aks$/, 'other') };
    const started = await start({ cluster: elsewhere });
    expect((await until('failed', started)).problem).toEqual({
      message: expect.stringContaining('could not be resolved'),
      suggestion: expect.stringContaining('Azure Kubernetes Service RBAC Admin'),
    });
  });

  test('everything that runs is cancelled without knowing a run', async () => {
    const started = await start({ experiment: 'another' });
    const idle = await gateway.prepare(approvedRun({ experiment: 'idle' }));
    const { cancelled } = await createGateway().cancelAll();
    expect(cancelled).toEqual([started.run.experimentName]);
    expect(cancelled).not.toContain(idle);
    await until('cancelled', started);
  });

  test('cancelling gets through an endpoint that is down for a while', async () => {
    const started = await start();
    studio.setFault({ mode: 'down', match: '/cancel$' });
    const cancelling = gateway.cancel(started.run);
    await delay(600);
    studio.setFault({ mode: 'ok' });
    await cancelling;
    await until('cancelled', started);
  });

  test('a start that Azure throttles is not lost and not doubled', async () => {
    const run = approvedRun({ experiment: 'throttled' });
    const prepared = { ...run, experimentName: await gateway.prepare(run) };
    studio.setFault({ mode: 'throttle', retryAfterSeconds: 1, count: 1, match: '/start$' });
    const executionId = await gateway.start(prepared);
    if (executionId === 'called-off') throw new Error('Nobody called the start off.');
    const again = await gateway.findStarted(prepared);
    expect(again).toBe(executionId);
    await gateway.cancel(prepared);
    await until('cancelled', { run: prepared, executionId });
  });

  test('a resource group that is not there is named with its variable', async () => {
    await gateway.check();
    await expect(createGateway({ resourceGroup: 'nowhere' }).check()).rejects.toMatchObject({
      code: 'azure-not-found',
      suggestion: expect.stringContaining('AZURE_RESOURCE_GROUP'),
    });
  });
});
