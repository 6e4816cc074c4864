import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect, type ApiClient, type Json } from './api-client.ts';
import { startApiFixture, type ApiFixture } from './api-fixture.ts';

const pods = '/api/v1/namespaces/default/pods';
const deployment = '/apis/apps/v1/namespaces/default/deployments/diabetes';
const tableOf = (includeObject = 'Metadata') => ({
  path: `${pods}?includeObject=${includeObject}`,
  headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
});

let fixture: ApiFixture;
let client: ApiClient;

beforeEach(async () => {
  fixture = await startApiFixture({ bookmarkIntervalMs: 20, readLog: () => 'one\ntwo\nthree\n' });
  client = connect(fixture);
});

afterEach(async () => {
  await client.close();
  await fixture.close();
});

describe('errors are Statuses', () => {
  test('without the token nothing is answered, not even the version', async () => {
    for (const authorization of ['', 'Bearer wrong', 'Basic YTpi']) {
      const { code, json } = await client.call('/version', { headers: { authorization } });
      expect(code).toBe(401);
      expect(json).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      });
    }
  });

  test('an object that is not there is named, with its group', async () => {
    expect((await client.call(`${pods}/x`)).json).toMatchObject({
      message: 'pods "x" not found',
      reason: 'NotFound',
      details: { name: 'x', kind: 'pods' },
      code: 404,
    });
    expect((await client.call(`${deployment}x`)).json).toMatchObject({
      message: 'deployments.apps "diabetesx" not found',
      details: { name: 'diabetesx', group: 'apps', kind: 'deployments' },
    });
  });

  test.each([
    ['GET', '/nothing', 404, 'NotFound'],
    ['GET', '/api/v1/configmaps', 404, 'NotFound'],
    ['GET', '/apis/apps/v2/deployments', 404, 'NotFound'],
    ['GET', `${pods}/diabetes-a/nothing`, 404, 'NotFound'],
    ['GET', '/api/v1/namespaces/default/nodes', 404, 'NotFound'],
    ['POST', '/api/v1/pods', 405, 'MethodNotAllowed'],
    ['POST', `${pods}/diabetes-a`, 405, 'MethodNotAllowed'],
    ['PUT', pods, 405, 'MethodNotAllowed'],
    ['DELETE', '/api/v1/namespaces', 405, 'MethodNotAllowed'],
    ['OPTIONS', '/version', 405, 'MethodNotAllowed'],
    ['GET', '/api/v1/pods/%zz', 400, 'BadRequest'],
    ['GET', '/api/v1/pods?labelSelector=,', 400, 'BadRequest'],
    ['GET', '/api/v1/pods?fieldSelector=spec.x%3D1', 400, 'BadRequest'],
  ] as const)('%s %s: %i %s', async (method, path, code, reason) => {
    const response = await client.call(path, { method });
    expect(response.code).toBe(code);
    expect(response.json).toMatchObject({ kind: 'Status', status: 'Failure', reason, code });
  });

  test('a form that is not served is not acceptable, and nothing has happened', async () => {
    const headers = { accept: 'application/vnd.kubernetes.protobuf' };
    const response = await client.call(`${pods}/diabetes-a`, { method: 'DELETE', headers });
    expect(response.json).toMatchObject({ code: 406, reason: 'NotAcceptable' });
    expect(fixture.store.get('pods', { name: 'diabetes-a' })?.metadata).not.toHaveProperty(
      'deletionTimestamp',
    );
  });

  test('a body is bounded, and of a known type', async () => {
    const large = await client.call(pods, { method: 'POST', body: 'x'.repeat(4 * 1024 * 1024) });
    expect(large.json).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
    const headers = { 'content-type': 'text/plain' };
    const unknown = await client.call(pods, { method: 'POST', body: 'x', headers });
    expect(unknown.json).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    const broken = await client.call(pods, { method: 'POST', body: '{' });
    expect(broken.json).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('throttled, everything is 429 and says when to come back', async () => {
    fixture.api.setThrottled(true);
    const response = await client.call(pods);
    expect(response.json).toMatchObject({ code: 429, reason: 'TooManyRequests' });
    expect(response.headers['retry-after']).toBe('1');
    fixture.api.setThrottled(false);
    expect((await client.call(pods)).code).toBe(200);
  });
});

describe('forms', () => {
  test('a list has the type of its items, which have none', async () => {
    const { json } = await client.call(pods);
    expect(json).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    expect(json.metadata.resourceVersion).toBe(fixture.store.resourceVersion);
    expect(json.items[0]).not.toHaveProperty('kind');
    expect(json.items[0].metadata.name).toBe('diabetes-a');
  });

  test('a table shows rows, and as much of the objects as is asked for', async () => {
    const { path, headers } = tableOf();
    const { json } = await client.call(path, { headers });
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(json.columnDefinitions.map((column: Json) => [column.name, column.priority])).toEqual([
      ['Name', 0],
      ['Ready', 0],
      ['Status', 0],
      ['Restarts', 0],
      ['Age', 0],
      ['IP', 1],
      ['Node', 1],
      ['Nominated Node', 1],
      ['Readiness Gates', 1],
    ]);
    expect(json.rows[0].cells.slice(0, 4)).toEqual(['diabetes-a', '1/1', 'Running', '0']);
    expect(Object.keys(json.rows[0].object)).toEqual(['kind', 'apiVersion', 'metadata']);
    const whole = await client.call(tableOf('Object').path, { headers });
    expect(whole.json.rows[0].object).toHaveProperty('spec');
    const none = await client.call(tableOf('None').path, { headers });
    expect(none.json.rows[0].object).toBeNull();
    expect((await client.call(tableOf('All').path, { headers })).code).toBe(400);
  });

  test('metadata alone, and YAML', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const { json } = await client.call(pods, { headers: { accept } });
    expect(json.kind).toBe('PartialObjectMetadataList');
    expect(Object.keys(json.items[0])).toEqual(['metadata']);
    const yaml = await client.call(pods, { headers: { accept: 'application/yaml' } });
    expect(yaml.text).toMatch(/^kind: PodList\n/);
  });
});

describe('deletion', () => {
  const path = `${pods}/diabetes-a`;
  const remove = (body?: unknown, query = '') =>
    client.call(`${path}${query}`, { method: 'DELETE', body });
  const stored = () => fixture.store.get('pods', { name: 'diabetes-a' });

  test('of a running pod only marks it; a shorter grace brings the end nearer, a longer one nothing', async () => {
    const { code, json } = await remove();
    expect(code).toBe(200);
    expect(json).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 30 } });
    const first = Date.parse(json.metadata.deletionTimestamp);
    const sooner = (await remove({ gracePeriodSeconds: 5 })).json.metadata;
    expect(sooner.deletionGracePeriodSeconds).toBe(5);
    expect(first - Date.parse(sooner.deletionTimestamp)).toBe(25_000);
    const later = (await remove({ gracePeriodSeconds: 60 })).json.metadata;
    expect(later).toEqual(sooner);
    expect((await remove({ gracePeriodSeconds: 0 })).json.kind).toBe('Pod');
    expect(stored()).toBeUndefined();
  });

  test('without grace, and of a pod that runs nowhere, is at once', async () => {
    await remove(undefined, '?gracePeriodSeconds=0');
    expect(stored()).toBeUndefined();
    const spec = { containers: [{ name: 'a', image: 'b' }] };
    fixture.store.create('pods', { metadata: { name: 'pending' }, spec });
    await client.call(`${pods}/pending`, { method: 'DELETE' });
    expect(fixture.store.get('pods', { name: 'pending' })).toBeUndefined();
  });

  test('holds to its preconditions, and does nothing in a dry run', async () => {
    const other = await remove({ preconditions: { uid: 'other' } });
    expect(other.json).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(
      (await remove({ preconditions: { uid: stored()?.metadata.uid }, dryRun: ['All'] })).code,
    ).toBe(200);
    expect((await remove({ gracePeriodSeconds: 0 }, '?dryRun=All')).code).toBe(200);
    expect(stored()?.metadata).not.toHaveProperty('deletionTimestamp');
    expect((await remove(undefined, '?dryRun=Some')).code).toBe(400);
  });

  test('of anything but pods says what is gone', async () => {
    const uid = fixture.store.get('deployments', { name: 'diabetes' })?.metadata.uid;
    const { json } = await client.call(deployment, { method: 'DELETE' });
    expect(json).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'diabetes', group: 'apps', kind: 'deployments', uid },
    });
  });

  test('of an owner leaves orphans on request', async () => {
    const { uid } = fixture.store.get('deployments', { name: 'diabetes' })?.metadata ?? {};
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'diabetes', uid: uid ?? '' };
    fixture.store.update('pods', { name: 'diabetes-a' }, ({ metadata }) => {
      metadata.ownerReferences = [owner];
    });
    await client.call(`${deployment}?propagationPolicy=Orphan`, { method: 'DELETE' });
    expect(stored()?.metadata.ownerReferences).toEqual([]);
  });

  test('waits for finalizers, and is done when the last one is removed', async () => {
    fixture.store.update('services', { name: 'diabetes' }, ({ metadata }) => {
      metadata.finalizers = ['example.com/wait'];
    });
    const service = '/api/v1/namespaces/default/services/diabetes';
    const { json } = await client.call(service, { method: 'DELETE' });
    expect(json.metadata).toHaveProperty('deletionTimestamp');
    const headers = { 'content-type': 'application/merge-patch+json' };
    const body = { metadata: { finalizers: null } };
    expect((await client.call(service, { method: 'PATCH', headers, body })).code).toBe(200);
    expect((await client.call(service)).code).toBe(404);
  });

  test('of a collection takes what the selectors match', async () => {
    const query = '?fieldSelector=spec.nodeName%3Dnode-1';
    const { json } = await client.call(`${pods}${query}`, {
      method: 'DELETE',
      body: { gracePeriodSeconds: 0 },
    });
    expect(json.items.map((pod: Json) => pod.metadata.name)).toEqual(['diabetes-b']);
    expect(fixture.store.list('pods').map(({ metadata }) => metadata.name)).toEqual(['diabetes-a']);
  });

  test('by eviction marks the pod too', async () => {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'diabetes-a' } };
    const { code, json } = await client.call(`${path}/eviction`, { method: 'POST', body });
    expect([code, json.status]).toEqual([201, 'Success']);
    expect(stored()?.metadata.deletionGracePeriodSeconds).toBe(30);
  });

  test('of a namespace takes what is in it; the system keeps its own', async () => {
    const body = { metadata: { name: 'game-day' } };
    expect((await client.call('/api/v1/namespaces', { method: 'POST', body })).code).toBe(201);
    const event = { metadata: { name: 'e' }, involvedObject: {} };
    const events = '/api/v1/namespaces/game-day/events';
    expect((await client.call(events, { method: 'POST', body: event })).code).toBe(201);
    await client.call('/api/v1/namespaces/game-day', { method: 'DELETE' });
    expect(fixture.store.list('events', 'game-day')).toEqual([]);
    const kept = await client.call('/api/v1/namespaces/default', { method: 'DELETE' });
    expect(kept.json).toMatchObject({ code: 403, reason: 'Forbidden' });
  });
});

describe('creating and changing', () => {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'new', creationTimestamp: null },
    spec: { containers: [{ name: 'a', image: 'registry.test/a:1' }] },
    status: { phase: 'Running' },
  };

  test('a created pod is pending, with the defaults of Kubernetes', async () => {
    const { code, json } = await client.call(pods, { method: 'POST', body });
    expect(code).toBe(201);
    expect(json).toMatchObject({
      metadata: { name: 'new', namespace: 'default' },
      spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30 },
      status: { phase: 'Pending' },
    });
    const again = await client.call(pods, { method: 'POST', body });
    expect(again.json).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'pods "new" already exists',
    });
  });

  test('a dry run answers and keeps nothing', async () => {
    const before = fixture.store.resourceVersion;
    expect((await client.call(`${pods}?dryRun=All`, { method: 'POST', body })).code).toBe(201);
    expect(fixture.store.resourceVersion).toBe(before);
  });

  test.each([
    ['another kind', { ...body, kind: 'Node' }, 400],
    ['another version', { ...body, apiVersion: 'v2' }, 400],
    ['another namespace', { ...body, metadata: { name: 'new', namespace: 'kube-system' } }, 400],
    ['no name', { ...body, metadata: {} }, 422],
    ['a bad name', { ...body, metadata: { name: 'New!' } }, 422],
    ['no containers', { ...body, spec: {} }, 422],
    ['labels that are no texts', { ...body, metadata: { name: 'new', labels: { a: 1 } } }, 400],
  ])('refuses %s', async (_, wrong, code) => {
    expect((await client.call(pods, { method: 'POST', body: wrong })).code).toBe(code);
  });

  test('refuses to create in a namespace that is not there', async () => {
    const { json } = await client.call(pods.replace('default', 'nowhere'), {
      method: 'POST',
      body,
    });
    expect(json).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
  });

  test('a replacement of an older version conflicts, and the status is not its business', async () => {
    const { json } = await client.call(`${pods}/diabetes-a`);
    const labelled = { ...json, metadata: { ...json.metadata, labels: { a: 'b' } }, status: {} };
    const first = await client.call(`${pods}/diabetes-a`, { method: 'PUT', body: labelled });
    expect(first.json).toMatchObject({ metadata: { labels: { a: 'b' } }, status: json.status });
    const second = await client.call(`${pods}/diabetes-a`, { method: 'PUT', body: labelled });
    expect(second.json).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(second.json.message).toContain('the object has been modified');
  });

  test('a patch of the status changes nothing else', async () => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patch = { spec: { nodeName: 'moved' }, status: { phase: 'Failed' } };
    const call = { method: 'PATCH', headers, body: patch } as const;
    const { json } = await client.call(`${pods}/diabetes-a/status`, call);
    expect(json).toMatchObject({ spec: { nodeName: 'node-0' }, status: { phase: 'Failed' } });
    expect((await client.call(`${pods}/diabetes-a`, call)).json).toMatchObject({ code: 422 });
  });

  test('scale is a part of a deployment with a version of its own', async () => {
    const { json } = await client.call(`${deployment}/scale`);
    expect(json).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { replicas: 2, selector: 'app=diabetes' },
    });
    const body = { ...json, spec: { replicas: 5 } };
    const put = await client.call(`${deployment}/scale`, { method: 'PUT', body });
    expect(put.json.spec).toEqual({ replicas: 5 });
    expect((await client.call(deployment)).json).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 5 },
    });
    expect((await client.call(`${deployment}/scale`, { method: 'PUT', body })).code).toBe(409);
    const negative = { spec: { replicas: -1 } };
    const headers = { 'content-type': 'application/merge-patch+json' };
    const call = { method: 'PATCH', headers, body: negative } as const;
    expect((await client.call(`${deployment}/scale`, call)).code).toBe(422);
  });

  test('logs are text, as long as asked for', async () => {
    const log = `${pods}/diabetes-a/log`;
    expect((await client.call(log)).text).toBe('one\ntwo\nthree\n');
    expect((await client.call(`${log}?tailLines=1&container=scoring`)).text).toBe('three\n');
    expect((await client.call(`${log}?limitBytes=2`)).text).toBe('on');
    expect((await client.call(`${log}?container=nope`)).json.message).toBe(
      'container nope is not valid for pod diabetes-a',
    );
  });

  test('whoever holds the token is allowed everything', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const { code, json } = await client.call(path, { method: 'POST', body: { spec: {} } });
    expect([code, json.status]).toEqual([201, { allowed: true }]);
  });
});

describe('watching over the wire', () => {
  const watch = (query: string, onEvent: (event: Json) => void) =>
    client.readLines(`${pods}?watch=true&${query}`, onEvent);

  test('events follow the list, and the watch ends by itself', async () => {
    const { resourceVersion } = (await client.call(pods)).json.metadata;
    const events: Json[] = [];
    fixture.store.delete('pods', { name: 'diabetes-b' });
    await watch(`resourceVersion=${resourceVersion}&timeoutSeconds=1`, (event) => {
      events.push([event.type, event.object.metadata.name]);
      if (events.length === 1) fixture.store.delete('pods', { name: 'diabetes-a' });
    });
    expect(events).toEqual([
      ['DELETED', 'diabetes-b'],
      ['DELETED', 'diabetes-a'],
    ]);
  });

  test('bookmarks carry the version only, for whoever allows them', async () => {
    const bookmarks: Json[] = [];
    await watch(
      'allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=1',
      ({ type, object }) => {
        if (type === 'BOOKMARK') bookmarks.push(object);
      },
    );
    expect(bookmarks[0]).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: fixture.store.resourceVersion, creationTimestamp: null },
    });
  });

  test('of a table says its columns once', async () => {
    const columns: number[] = [];
    const { headers } = tableOf();
    const count = ({ object }: Json) => columns.push(object.columnDefinitions.length);
    await client.readLines(`${pods}?watch=1&timeoutSeconds=1`, count, { headers });
    expect(columns).toEqual([9, 0]);
  });

  test('from a compacted version it is gone at once, and expires an open watch on request', async () => {
    const { resourceVersion } = (await client.call(pods)).json.metadata;
    fixture.store.delete('pods', { name: 'diabetes-b' });
    fixture.api.compact();
    const gone = await client.call(`${pods}?watch=true&resourceVersion=${resourceVersion}`);
    expect(gone.json).toMatchObject({ code: 410, reason: 'Expired', kind: 'Status' });
    const events: Json[] = [];
    await watch('', (event) => {
      events.push(event);
      if (event.type === 'ADDED') fixture.api.cutWatches('expire');
    });
    expect(events.at(-1)).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    });
  });

  test('a cut ends watches and nothing else', async () => {
    const other = client.readLines(`${pods}?watch=true`, () => undefined);
    await watch('', () => fixture.api.cutWatches());
    await other;
    expect((await client.call(pods)).code).toBe(200);
  });
});

describe('an unavailable server', () => {
  test('destroys what is open and what comes, until it is back', async () => {
    const broken = client.readLines(`${pods}?watch=true`, () => fixture.api.setAvailable(false));
    await expect(broken).rejects.toThrow();
    await expect(client.call(pods)).rejects.toThrow();
    fixture.api.setAvailable(true);
    expect((await client.call(pods)).code).toBe(200);
  });
});
