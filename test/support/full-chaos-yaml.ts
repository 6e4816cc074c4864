/** A chaos.yaml, as plain values, that uses every key there is. Nothing in it is shared. */
export function createFullChaosYaml(): Record<string, unknown> {
  return JSON.parse(JSON.stringify(createExample())) as Record<string, unknown>;
}

function createExample(): object {
  const id = (last: string) => `5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e${last}`;
  const provider = (path: string) =>
    `/subscriptions/${id('00')}/resourceGroups/chaos/providers/${path}`;
  const check = {
    name: 'no open incident',
    url: 'https://status.example.com/api',
    headers: { authorization: 'Bearer sesame' },
    status: 200,
    json: { 'incidents.open': 0 },
  };
  const calendar = {
    zone: 'Europe/Berlin',
    days: ['mon', 'tue'],
    from: '09:00',
    until: '16:00',
    closures: [{ from: '2026-12-18', to: '2027-01-04', reason: 'Change freeze' }],
  };
  const limits = {
    longest: '10m',
    mostPods: 2,
    mostShare: '50%',
    leaveReady: 1,
    namespaces: ['models', 'team-*'],
    protectedNamespaces: ['monitoring', 'prod-*'],
  };
  const conditions = { whenBusy: 'queue', coolDown: '1h', checks: [check] };
  const access = { propose: ['owner'], stop: ['owner'], see: ['owner'] };
  const own = {
    approvals: { quorum: 1, from: ['owner'], startWithin: '15m' },
    limits,
    calendar,
    access,
  };
  const scoring = {
    uri: 'https://scoring.example.com/score',
    auth: 'entra',
    scope: 'https://ml.azure.com/.default',
    rate: '10/s',
    arrivals: 'poisson',
    seed: 7,
    timeout: '1s',
    keptAlive: '10%',
    podHeader: 'x-pod',
    headers: { 'azureml-model-deployment': 'blue' },
    http2: false,
    golden: [
      { input: { data: [1] }, expected: [2], tolerance: 0.1, relativeTolerance: 0.1 },
      { input: 'text', expected: ['cat'], topK: 3, path: '$.labels' },
    ],
    modelVersion: { expected: '7', header: 'x-model-version' },
  };
  const golden = scoring.golden;
  const keyed = {
    uri: 'https://other.example.com/score',
    key: 'sesame',
    keyHeader: 'x-functions-key',
    rate: '10/s',
    timeout: '1s',
    golden,
    modelVersion: { expected: '7', path: '$.version' },
  };
  const metrics = {
    'users-served': {
      every: '5s',
      headers: { authorization: 'Bearer sesame' },
      prometheus: {
        url: 'https://prometheus.example.com',
        query: 'up',
        auth: 'entra',
        scope: 'https://prometheus.monitor.azure.com/.default',
      },
    },
    queue: { http: { url: 'https://scoring.example.com/stats', path: '$.queue' } },
  };
  const guards = {
    availabilityFloor: { below: '50%', over: '10s' },
    availabilityDrop: { from: '95%', to: '50%', falseAlarms: '1%', burst: '1s' },
    lostSight: '15s',
    consecutiveFailures: 20,
    spendAtMost: '20s',
  };
  const experiment = {
    title: 'One container is killed',
    service: 'diabetes',
    fault: 'container-kill',
    mode: 'fixed-percent',
    value: '50%',
    containers: ['scoring'],
    duration: '60s',
    hypothesis: {
      title: 'Predictions survive',
      tolerances: ['availability >= 95%', 'p95 <= 500ms', 'metric(users-served) >= 99'],
      leastCoverage: '95%',
    },
    guards,
    baseline: '30s',
    recovery: '3m',
    ...own,
    conditions: { ...conditions, checks: [{ ...check, name: 'no deployment' }] },
  };
  return {
    clusters: {
      aks: {
        resourceId: provider('Microsoft.ContainerService/managedClusters/aks'),
        location: 'westeurope',
        context: 'aks-admin',
        experimentIdentityId: provider('Microsoft.ManagedIdentity/userAssignedIdentities/chaos'),
        ...own,
        conditions: { coolDown: '1h' },
      },
      'aks-2': {
        resourceId: provider('Microsoft.ContainerService/managedClusters/aks-2'),
        location: 'northeurope',
        connect: 'azure',
      },
    },
    services: {
      diabetes: {
        cluster: 'aks',
        namespace: 'models',
        selector: { app: 'diabetes', 'app.kubernetes.io/part-of': 'clinic' },
        scoring,
        metrics,
        objective: { availability: '99.9%', over: '30d', leave: '25%' },
        longestOutage: '5s',
      },
      fraud: { cluster: 'aks-2', namespace: 'models', selector: { app: 'fraud' }, scoring: keyed },
    },
    experiments: { 'container-kill': experiment },
    limits,
    calendar,
    conditions,
    access,
    approvals: {
      approvers: [
        { id: id('12'), name: 'Priya Nair' },
        { id: id('13'), name: 'Jonas Berg' },
      ],
      from: ['owner'],
      quorum: 1,
      expiresAfter: '30m',
      remindBefore: '10m',
      startWithin: '15m',
    },
    breakGlass: { from: ['owner', 'on-call'], quorum: 2, startWithin: '15m' },
    roles: {
      owner: { people: [{ id: id('12'), name: 'Priya Nair' }] },
      'on-call': { groups: [{ id: id('99'), name: 'Model on-call' }] },
      team: { channelMembers: true },
    },
  };
}
