import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { actAsKubelet, addSlice, startApiFixture, type ApiFixture } from './api-fixture.ts';

const isMissing = spawnSync('kubectl', ['version', '--client']).error !== undefined;
const isRequired = process.env['CHAOS_MARSHAL_REQUIRE_ALL'] === '1';
const title = isMissing ? 'kubectl (skipped: kubectl is not on the PATH)' : 'kubectl';

let fixture: ApiFixture;

beforeEach(async () => {
  fixture = await startApiFixture({ readLog: () => 'one\ntwo\n' });
});

afterEach(async () => {
  await fixture.close();
});

function environment() {
  // Its caches go where the kubeconfig is, and with it.
  return { ...process.env, KUBECONFIG: fixture.kubeconfigPath, HOME: fixture.folder };
}

async function kubectl(command: string): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run('kubectl', command.split(' '), { env: environment() });
  return stdout;
}

(isMissing && !isRequired ? describe.skip : describe)(title, () => {
  test('finds the resources and the version of the server', async () => {
    const resources = await kubectl('api-resources --no-headers');
    expect(resources).toMatch(/^pods +po +v1 +true +Pod$/m);
    expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(resources).toMatch(/^endpointslices +discovery\.k8s\.io\/v1 +true +EndpointSlice$/m);
    expect(resources).toMatch(
      /^poddisruptionbudgets +pdb +policy\/v1 +true +PodDisruptionBudget$/m,
    );
    expect(await kubectl('version')).toContain('v1.32');
  });

  test('prints pods, wide and narrow', async () => {
    const [header, first] = (await kubectl('get pods -o wide')).split('\n');
    expect(header?.split(/ {2,}/).join('|')).toBe(
      'NAME|READY|STATUS|RESTARTS|AGE|IP|NODE|NOMINATED NODE|READINESS GATES',
    );
    expect(first?.split(/ +/).slice(0, 4)).toEqual(['diabetes-a', '1/1', 'Running', '0']);
    expect(await kubectl('get pods')).not.toContain('node-0');
  });

  test('prints everything else that is served', async () => {
    const all = await kubectl('get all,nodes,namespaces,endpoints,endpointslices');
    for (const name of [
      'pod/diabetes-a',
      'service/diabetes',
      'deployment.apps/diabetes',
      'node/node-0',
    ]) {
      expect(all).toContain(name);
    }
  });

  test('selects by labels and fields, and pages through chunks', async () => {
    expect(await kubectl('get pods -o name -l app=diabetes,!x')).toBe(
      'pod/diabetes-a\npod/diabetes-b\n',
    );
    const onNode = 'get pods -o name --field-selector spec.nodeName=node-1,status.phase!=Failed';
    expect(await kubectl(onNode)).toBe('pod/diabetes-b\n');
    expect(await kubectl('get pods -A -o name --chunk-size=1')).toBe(
      'pod/diabetes-a\npod/diabetes-b\n',
    );
  });

  test('watches', async () => {
    const watch = spawn('kubectl', ['get', 'pods', '-w', '--no-headers'], { env: environment() });
    const lines: string[] = [];
    for await (const line of createInterface({ input: watch.stdout })) {
      lines.push(line.split(/ +/).slice(0, 3).join(' '));
      if (lines.length === 2) await kubectl('delete pod diabetes-b --wait=false');
      if (lines.length === 3) break;
    }
    const exited = once(watch, 'exit');
    watch.kill();
    await exited;
    expect(lines).toEqual([
      'diabetes-a 1/1 Running',
      'diabetes-b 1/1 Running',
      'diabetes-b 1/1 Terminating',
    ]);
  });

  test('follows nodes and who gets traffic', async () => {
    const slice = addSlice(fixture.store, [{ pod: 'diabetes-a' }, { pod: 'diabetes-b' }]);
    const follow = async (what: string, happen: () => unknown) => {
      // Of one object asked for by its name, kubectl would leave out the first event, which is the change when that comes before the watch.
      const given = ['get', ...what.split(' '), '-w', '--no-headers'];
      const watch = spawn('kubectl', given, { env: environment() });
      // It may end by itself as soon as nobody reads what it writes.
      const exited = once(watch, 'exit');
      const lines: string[] = [];
      for await (const line of createInterface({ input: watch.stdout })) {
        lines.push(line.trim().split(/ +/).slice(0, 2).join(' '));
        if (lines.length === 1) await happen();
        else break;
      }
      watch.kill();
      await exited;
      return lines;
    };
    expect(
      await follow('nodes --field-selector metadata.name=node-1', () => kubectl('cordon node-1')),
    ).toEqual(['node-1 Ready', 'node-1 Ready,SchedulingDisabled']);
    const ready = 'endpointslices -o custom-columns=N:.metadata.name,R:';
    expect(
      await follow(`${ready}.endpoints[*].conditions.ready`, () =>
        slice.set([{ pod: 'diabetes-a', ready: false }, { pod: 'diabetes-b' }]),
      ),
    ).toEqual(['diabetes-x7k2p true,true', 'diabetes-x7k2p false,true']);
  });

  test('describes a pod with its events, and a node with its pods', async () => {
    const { uid } = fixture.store.get('pods', { name: 'diabetes-a' })?.metadata ?? {};
    const about = { kind: 'Pod', namespace: 'default', name: 'diabetes-a', uid: uid ?? '' };
    fixture.store.create('events', {
      metadata: { name: 'diabetes-a.1' },
      involvedObject: about,
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed',
    });
    expect(await kubectl('describe pod diabetes-a')).toContain('Readiness probe failed');
    expect(await kubectl('get events')).toMatch(/Warning +Unhealthy +pod\/diabetes-a +Readiness/);
    const node = await kubectl('describe node node-0');
    expect(node).toMatch(/Non-terminated Pods: +\(1 in total\)/);
    expect(node).toContain('diabetes-a');
  });

  test('deletes a pod and waits until its kubelet has removed it', async () => {
    const stop = actAsKubelet(fixture.store);
    expect(await kubectl('delete pod diabetes-a')).toContain('pod "diabetes-a" deleted');
    stop();
    expect(fixture.store.get('pods', { name: 'diabetes-a' })).toBeUndefined();
    await expect(kubectl('get pod diabetes-a')).rejects.toMatchObject({
      stderr: 'Error from server (NotFound): pods "diabetes-a" not found\n',
    });
  });

  test('scales, cordons, labels, annotates and restarts', async () => {
    await kubectl('scale deployment diabetes --replicas=5');
    await kubectl('rollout restart deployment diabetes');
    expect(fixture.store.get('deployments', { name: 'diabetes' })).toMatchObject({
      metadata: { generation: 3 },
      spec: { replicas: 5 },
    });
    await kubectl('cordon node-0');
    expect(await kubectl('get nodes')).toMatch(/node-0 +Ready,SchedulingDisabled/);
    await kubectl('uncordon node-0');
    await kubectl('label pod diabetes-a tier=front');
    await kubectl('annotate pod diabetes-a note=one');
    expect(fixture.store.get('pods', { name: 'diabetes-a' })?.metadata).toMatchObject({
      labels: { tier: 'front' },
      annotations: { note: 'one' },
    });
  });

  test('evicts the pods of a node that it drains', async () => {
    const stop = actAsKubelet(fixture.store);
    const conditions: string[] = [];
    const unsubscribe = fixture.store.subscribe('pods', ({ object }) => {
      const target = object.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
      if (target) conditions.push(`${object.metadata.name} ${target.reason}`);
    });
    await kubectl('drain node-1 --force');
    stop();
    unsubscribe();
    expect(fixture.store.get('pods', { name: 'diabetes-b' })).toBeUndefined();
    expect(new Set(conditions)).toEqual(new Set(['diabetes-b EvictionByEvictionAPI']));
  });

  test('creates, prints, describes, changes and deletes a disruption budget', async () => {
    const create = 'create pdb diabetes --selector=app=diabetes,!track';
    expect(await kubectl(`${create} --min-available=50%`)).toBe(
      'poddisruptionbudget.policy/diabetes created\n',
    );
    const key = { namespace: 'default', name: 'diabetes' };
    expect(fixture.store.get('poddisruptionbudgets', key)).toMatchObject({
      metadata: { generation: 1 },
      spec: {
        minAvailable: '50%',
        selector: {
          matchLabels: { app: 'diabetes' },
          matchExpressions: [{ key: 'track', operator: 'DoesNotExist' }],
        },
      },
      status: { disruptionsAllowed: 0 },
    });
    fixture.store.update('poddisruptionbudgets', key, (budget) => {
      budget.status = {
        currentHealthy: 2,
        desiredHealthy: 1,
        disruptionsAllowed: 1,
        expectedPods: 2,
        observedGeneration: 1,
      };
    });
    const [header, row] = (await kubectl('get pdb')).split('\n');
    expect(header?.split(/ {2,}/).join('|')).toBe(
      'NAME|MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE',
    );
    expect(row?.split(/ +/).slice(0, 4)).toEqual(['diabetes', '50%', 'N/A', '1']);
    expect(await kubectl('describe pdb diabetes')).toMatch(/Allowed disruptions: +1/);
    await kubectl('patch pdb diabetes --type=merge -p {"spec":{"minAvailable":2}}');
    expect(fixture.store.get('poddisruptionbudgets', key)).toMatchObject({
      metadata: { generation: 2 },
      spec: { minAvailable: 2 },
      status: { disruptionsAllowed: 1 },
    });
    await expect(
      kubectl(`${create.replace('diabetes', 'b')} --min-available=120%`),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining('must not be greater than 100%'),
    });
    expect(await kubectl('delete pdb diabetes')).toContain('"diabetes" deleted');
    expect(fixture.store.get('poddisruptionbudgets', key)).toBeUndefined();
  });

  test('does not evict against a disruption budget, and does as far as it allows', async () => {
    const stop = actAsKubelet(fixture.store);
    await kubectl('create pdb diabetes --selector=app=diabetes --max-unavailable=1');
    expect(fixture.store.get('poddisruptionbudgets', { name: 'diabetes' })?.spec).toMatchObject({
      maxUnavailable: 1,
    });
    const key = { namespace: 'default', name: 'diabetes' };
    const allow = (disruptionsAllowed: number) =>
      fixture.store.update('poddisruptionbudgets', key, (budget) => {
        budget.status = {
          currentHealthy: 2,
          desiredHealthy: 2 - disruptionsAllowed,
          disruptionsAllowed,
          expectedPods: 2,
          observedGeneration: 1,
        };
      });
    allow(0);
    await expect(kubectl('drain node-1 --force --timeout=1s')).rejects.toMatchObject({
      stderr: expect.stringContaining("would violate the pod's disruption budget"),
    });
    allow(1);
    await kubectl('drain node-1 --force');
    stop();
    expect(fixture.store.get('pods', { name: 'diabetes-b' })).toBeUndefined();
    expect(fixture.store.get('poddisruptionbudgets', key)?.status?.disruptionsAllowed).toBe(0);
  });

  test('runs a new pod, reads logs and asks what it may do', async () => {
    await kubectl('run new --image=registry.test/a:1');
    expect(await kubectl('get pods')).toMatch(/new +0\/1 +Pending/);
    expect(await kubectl('logs diabetes-a --tail=1')).toBe('two\n');
    expect(await kubectl('auth can-i delete pods')).toBe('yes\n');
  });
});
