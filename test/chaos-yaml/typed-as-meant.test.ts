import { describe, expect, test } from '@jest/globals';
import { problemsOfYaml } from '../support/config-problems.ts';

/** Replaces the first line of the shipped file that begins with a key, however deep, by another. */
const line = (key: string, instead: string) => (text: string) => {
  const pattern = new RegExp(`^( *)${key}:.*$`, 'm');
  if (!pattern.test(text)) throw new Error(`no line begins with ${key}`);
  return text.replace(pattern, (_line, indent: string) => `${indent}${instead}`);
};
const after = (key: string, more: string) => (text: string) =>
  text.replace(new RegExp(`^( *)(${key}:.*)$`, 'm'), (_line, indent: string, whole: string) =>
    [whole, more].map((each) => `${indent}${each}`).join('\n'),
  );
const atEnd = (more: string) => (text: string) => `${text}\n${more}\n`;
const both =
  (...changes: ((text: string) => string)[]) =>
  (text: string) =>
    changes.reduce((changed, change) => change(changed), text);

type Row = readonly [string, (text: string) => string, string | RegExp];

function refuses(rows: readonly Row[]): void {
  test.each(rows)('%s', (_what, change, message) => {
    expect(problemsOfYaml(change)).toMatch(message);
  });
}

test('the shipped file is right', () => {
  expect(problemsOfYaml((text) => text)).toBe('');
});

describe('a fault', () => {
  refuses([
    [
      'never counts pods by a percentage',
      both(line('mode', 'mode: fixed'), after('mode', 'value: 50%')),
      /pod-failure\.value: 50% is a percentage, but mode: fixed counts pods; write "mode: fixed-percent and value: 50%".* or "mode: fixed and value: 2"/,
    ],
    ['of 0 pods', both(line('mode', 'mode: fixed'), after('mode', 'value: 0')), /whole number of/],
    [
      'of more than all pods',
      both(line('mode', 'mode: fixed-percent'), after('mode', 'value: 950%')),
      /at most 100/,
    ],
    ['of a mode with a typo', line('mode', 'mode: onee'), 'did you mean "one"'],
    ['without a value', line('mode', 'mode: fixed'), /mode: mode=fixed needs a value/],
    ['with a value for nothing', after('mode', 'value: 2'), /value: value makes no sense/],
    [
      'of containers that it does not kill',
      after('mode', 'containers: [a]'),
      /has no effect with pod-failure/,
    ],
    [
      'of containers without names',
      (text) => text.replace('    containers: [diabetes]\n', ''),
      /container-kill\.fault: container-kill needs `containers: \[NAME\]`/,
    ],
    [
      'of a container that can be none',
      line('containers', 'containers: [My_App]'),
      /containers\.0: "My_App" is not the name of a container/,
    ],
  ]);

  test.each(['50%', '"50%"', '50'])('of a share is read from value: %s', (value) => {
    const change = both(line('mode', 'mode: fixed-percent'), after('mode', `value: ${value}`));
    expect(problemsOfYaml(change)).toBe('');
  });
});

describe('a span', () => {
  refuses([
    ['of a fault', line('duration', 'duration: 0s'), /duration: must be at least 10s, not "0s"/],
    ['of a fault for ever', line('duration', 'duration: 999h'), /must be at most 12h/],
    [
      'of a fault without a unit',
      line('duration', 'duration: 60'),
      /duration: 60 has no unit; write 60s/,
    ],
    ['in quotes without a unit', line('duration', 'duration: "60"'), /60 has no unit; write 60s/],
    ['below nothing', line('duration', 'duration: -60s'), /is not a duration such as/],
    ['of the baseline', line('baseline', 'baseline: 0s'), /baseline: must be at least 5s/],
    ['of the baseline, very long', line('baseline', 'baseline: 100h'), /must be at most 1h/],
    ['of recovery', line('recovery', 'recovery: 0s'), /recovery: must be at least 10s/],
    ['of a prediction', line('timeout', 'timeout: 0s'), /timeout: must be at least 10ms/],
    ['of a prediction, very long', line('timeout', 'timeout: 1h'), /timeout: must be at most 2m/],
    ['until expiry', line('expiresAfter', 'expiresAfter: 0s'), /expiresAfter: must be at least 1m/],
    [
      'to start within',
      line('startWithin', 'startWithin: 0s'),
      /startWithin: must be at least 30s/,
    ],
    [
      'of a cap',
      after('lostSight', 'spendAtMost: 0s'),
      /spendAtMost: must be at least 1s, not "0s": leave it out/,
    ],
    ['without sight', line('lostSight', 'lostSight: 1h'), /lostSight: must be at most 5m/],
    [
      'of a floor',
      line('availabilityFloor', 'availabilityFloor: { below: 50%, over: 0s }'),
      /over: must be at least 1s/,
    ],
    [
      'of an objective',
      line('objective', 'objective: { availability: 99.9%, over: 0s }'),
      /over: must be at least 1h/,
    ],
    [
      'before expiry',
      after('expiresAfter', 'remindBefore: 30m'),
      /remindBefore: must be shorter than expiresAfter/,
    ],
    [
      'before expiry, of nothing',
      after('expiresAfter', 'remindBefore: 0s'),
      /must be at least 10s/,
    ],
    ['to cool down', atEnd('conditions: { coolDown: 0s }'), /coolDown: must be at least 1s/],
    ['of the longest fault', atEnd('limits: { longest: 0s }'), /longest: must be at least 10s/],
    [
      'between readings',
      after('selector', 'metrics: { m: { every: 0s, http: { url: "http://a", path: $.a } } }'),
      /every: must be at least 1s/,
    ],
  ]);

  test('of days and weeks may be written in days', () => {
    expect(problemsOfYaml(line('expiresAfter', 'expiresAfter: 2d'))).toBe('');
  });
});

describe('a share or a count', () => {
  refuses([
    [
      'without a sign',
      line('availabilityFloor', 'availabilityFloor: { below: 50, over: 10s }'),
      /50 has no % sign; write 50%/,
    ],
    ['as a fraction', after('timeout', 'keptAlive: 0.1'), /0.1 has no % sign; write 0.1% or 10%/],
    ['over all', after('timeout', 'keptAlive: 950%'), /"950%" is more than 100%/],
    [
      'that no availability is below',
      line('availabilityFloor', 'availabilityFloor: { below: 0%, over: 10s }'),
      /below: must be over 0%/,
    ],
    ['of no pods', atEnd('limits: { mostShare: 0% }'), /mostShare: must be over 0%/],
    ['of pods, none', atEnd('limits: { mostPods: 0 }'), /mostPods: must be at least 1/],
    ['of pods, absurd', atEnd('limits: { leaveReady: 1e9 }'), /leaveReady: must be at most 10000/],
    [
      'of pods, below nothing',
      atEnd('limits: { leaveReady: -1 }'),
      /leaveReady: must be at least 0/,
    ],
    ['of failures', after('lostSight', 'consecutiveFailures: 1e9'), /must be at most 100000/],
    [
      'of false alarms',
      line('availabilityDrop', 'availabilityDrop: { from: 95%, to: 50%, falseAlarms: 90% }'),
      /falseAlarms: must be at most 20%/,
    ],
    [
      'of a rate, none',
      line('rate', 'rate: 0/s'),
      /rate: must be between 0.1\/s and 1000\/s, not "0\/s"/,
    ],
    ['of a rate, absurd', line('rate', 'rate: 1000000000/s'), /must be between 0.1\/s and 1000\/s/],
    ['of a rate, in words', line('rate', 'rate: 1e9/s'), /is not a rate such as 10\/s/],
    ['of a rate, without a unit', line('rate', 'rate: 10'), /10 has no unit; write 10\/s/],
    ['of people', line('quorum', 'quorum: 0'), /quorum: must be at least 1/],
    [
      'of an infinite tolerance',
      line('tolerance', 'tolerance: .inf'),
      /tolerance: must be a finite number/,
    ],
  ]);
});

describe('a tolerance', () => {
  const withTolerance = (text: string) => (shipped: string) =>
    shipped.replace('- availability >= 95%', `- ${text}`);
  refuses([
    ['without a sign', withTolerance('availability >= 95'), /95 has no % sign; write 95%/],
    ['without a unit', withTolerance('p99 <= 500'), /500 has no unit; write 500ms/],
    ['that nothing can keep', withTolerance('availability >= 101%'), /101% is more than 100%/],
    ['that everything keeps', withTolerance('availability >= 0%'), /always holds/],
    ['twice', withTolerance('p95 <= 1s'), /tolerances\.1: p95 has a limit already, in entry 1/],
  ]);
});

describe('a guard', () => {
  test('that sees too few predictions to judge is refused', () => {
    const change = both(
      line('rate', 'rate: 2/s'),
      line('availabilityFloor', 'availabilityFloor: { below: 50%, over: 2s }'),
    );
    expect(problemsOfYaml(change)).toMatch(
      /availabilityFloor: can never stop a run: 10 predictions are needed to judge, and 2s at 2\/s has 4/,
    );
  });
});

describe('a calendar', () => {
  const calendar = (fields: string) => atEnd(`calendar: { zone: Europe/Berlin, ${fields} }`);
  const closure = (from: string, to: string) =>
    calendar(`closures: [{ from: "${from}", to: "${to}", reason: Freeze }]`);
  refuses([
    [
      'that ends as it begins',
      calendar('from: "09:00", until: "09:00"'),
      /until: is the same time as `from`/,
    ],
    [
      'that begins at the end of the day',
      calendar('from: "24:00"'),
      /until: is the same time as `from`/,
    ],
    [
      'with a time that is none',
      calendar('from: "9am"'),
      /is not a time of day on the quarter hour/,
    ],
    [
      'with a closure that ends before it begins',
      closure('2027-01-04', '2026-12-18'),
      /closures\.0\.to: is before `from`/,
    ],
    [
      'with a day that is none',
      closure('2026-02-30', '2026-03-01'),
      /closures\.0\.from: write a day as "2026-12-20"/,
    ],
  ]);

  test.each(['from: "22:00", until: "06:00"', 'from: "09:00", until: "00:00"', 'until: "24:00"'])(
    'may have the hours %s',
    (hours) => {
      expect(problemsOfYaml(calendar(hours))).toBe('');
    },
  );
});

describe('a name of Kubernetes', () => {
  const limits = (fields: string) => atEnd(`limits: { ${fields} }`);
  refuses([
    [
      'with a space',
      limits('protectedNamespaces: ["istio-system "]'),
      /protectedNamespaces\.0: "istio-system " is not the name of a namespace/,
    ],
    [
      'that is blank',
      limits('protectedNamespaces: [""]'),
      /protectedNamespaces\.0: "" is not the name/,
    ],
    [
      'in upper case',
      limits('namespaces: [Models]'),
      /namespaces\.0: "Models" is not the name of a namespace/,
    ],
    [
      'of a service',
      line('namespace', 'namespace: Default'),
      /namespace: "Default" is not the name of a namespace/,
    ],
    ['too long', line('namespace', `namespace: ${'a'.repeat(64)}`), /63 characters at most/],
    ['of a label', line('selector', 'selector: { "a/b/c": x }'), /more than one slash/],
    [
      'of a label with a prefix',
      line('selector', 'selector: { "Example_Com/app": x }'),
      /before the slash must be a DNS name/,
    ],
    [
      'of a label, blank',
      line('selector', 'selector: { " app": x }'),
      /" app" is not the key of a label/,
    ],
    [
      'of a value of a label',
      line('selector', 'selector: { app: "a b" }'),
      /selector\.app: "a b" is not the value of a label/,
    ],
    [
      'of a long value',
      line('selector', `selector: { app: ${'a'.repeat(64)} }`),
      /63 characters at most/,
    ],
    ['of no label', line('selector', 'selector: {}'), /must name at least one label/],
  ]);

  test('may be a pattern, and labels may have prefixes', () => {
    const change = both(
      limits('protectedNamespaces: ["prod-*", "*-system"], namespaces: ["*"]'),
      line('selector', 'selector: { "app.kubernetes.io/name": diabetes, tier: "" }'),
    );
    expect(problemsOfYaml(change)).toBe('');
  });
});

describe('a name', () => {
  const rename = (from: string, to: string) => (text: string) =>
    text.replace(new RegExp(`^( *)${from}:$`, 'm'), `$1${to}:`);
  refuses([
    [
      'of an experiment that nobody can type',
      rename('pod-failure', 'Pod-Failure'),
      /experiments\.Pod-Failure: "Pod-Failure" can't be the name of an experiment: lower-case.*; write pod-failure/,
    ],
    [
      'of an experiment with a space',
      rename('pod-failure', '"pod failure"'),
      /; write pod-failure/,
    ],
    [
      'of every object: a service',
      line('service', 'service: toString'),
      /there is no service "toString"/,
    ],
    [
      'of every object: a cluster',
      line('cluster', 'cluster: constructor'),
      /there is no cluster "constructor"/,
    ],
    [
      'of every object: a role',
      after('quorum', 'from: [hasOwnProperty]'),
      /there is no role "hasOwnProperty"/,
    ],
    ['of every object: a key', atEnd('constructor: {}'), /constructor: unknown key/],
    ['of the prototype', atEnd('__proto__: {}'), /"__proto__" can't be a key/],
    [
      'of a region',
      line('location', 'location: West Europe'),
      /"West Europe" is not the name of an Azure region; write westeurope/,
    ],
    ['that is blank', line('title', 'title: " "'), /title: must not begin or end with a space/],
    [
      'of a resource',
      line('resourceId', 'resourceId: aks-lab'),
      /resourceId: "aks-lab" is not the ARM id of a managed cluster, \/subscriptions\/SUBSCRIPTION/,
    ],
    [
      'of a resource in no subscription',
      (text) => text.replace('/subscriptions/${AZURE_SUBSCRIPTION_ID}/', '/subscriptions/mine/'),
      /resourceId: names the subscription "mine", which is not a GUID/,
    ],
    [
      'of an identity',
      after('location', 'experimentIdentityId: /subscriptions/x'),
      /is not the ARM id of a user-assigned identity/,
    ],
  ]);

  test('of two experiments and their services never becomes one in Azure', () => {
    const text = (shipped: string) => {
      const twice = shipped.replace(/^ {2}pod-kill:\n[^]*?\n\n/m, (whole) =>
        [whole, whole.replace('pod-kill:', 'pod-kill-my:')].join(''),
      );
      return twice.replace(/^ {2}diabetes:\n[^]*?\nexperiments:/m, (whole) => {
        const service = whole.replace(/\nexperiments:$/, '');
        return `${service}\n${service.replace('diabetes:', 'my-diabetes:')}\nexperiments:`;
      });
    };
    expect(problemsOfYaml(text)).toMatch(
      /experiments\.pod-kill-my: with the service "diabetes" has the same name in Azure as "pod-kill" with "my-diabetes"/,
    );
  });

  test('of two services differs in more than upper and lower case, as people type either', () => {
    const change = (text: string) =>
      text.replace(/^ {2}diabetes:\n[^]*?\n(?=\nexperiments:)/m, (whole) =>
        [whole, whole.replace('diabetes:', 'Diabetes:')].join(''),
      );
    expect(problemsOfYaml(change)).toMatch(
      /services\.Diabetes: differs from "diabetes" only in upper and lower case/,
    );
  });

  test('of two clusters never stands for one', () => {
    const change = (text: string) =>
      text.replace(/^ {2}aks-lab:\n[^]*?(?=\n\nservices:)/m, (whole) =>
        [whole, whole.replace('aks-lab:', 'aks-two:')].join('\n'),
      );
    expect(problemsOfYaml(change)).toMatch(
      /clusters\.aks-two\.resourceId: is the same managed cluster as "aks-lab"/,
    );
  });
});

describe('a quorum', () => {
  const people = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => `{ id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e${20 + index}, name: N${index} }`,
    ).join(', ');
  const roles = atEnd(`roles:
  owner: { people: [${people(2)}] }
  on-call: { groups: [{ id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e99, name: On-call }] }
  team: { channelMembers: true }`);
  const own = (rule: string) => after('baseline', `approvals: { ${rule} }`);
  refuses([
    [
      'of all',
      line('quorum', 'quorum: 5'),
      /approvals\.quorum: 5 people must approve, but only 2 can/,
    ],
    [
      'of an experiment',
      own('quorum: 5'),
      /experiments\.pod-failure\.approvals\.quorum: 5 people must approve, but only 2 can/,
    ],
    [
      'of an experiment with a role',
      both(roles, own('quorum: 5, from: [owner]')),
      /pod-failure\.approvals\.quorum: 5 people must approve, but only 4 can/,
    ],
    [
      'of a cluster',
      after('location', 'approvals: { quorum: 3 }'),
      /clusters\.aks-lab\.approvals\.quorum: 3 people must approve, but only 2 can/,
    ],
    [
      'of break-glass',
      both(roles, atEnd('breakGlass: { from: [owner], quorum: 3 }')),
      /breakGlass\.quorum: 3 people must approve, but only 2 can/,
    ],
    [
      'of break-glass by one',
      both(roles, atEnd('breakGlass: { from: [owner], quorum: 1 }')),
      /breakGlass\.quorum: must be at least 2/,
    ],
  ]);

  test('is not taken in by a role that has the name of the approvers', () => {
    const role = atEnd(`roles: { approver: { people: [${people(1)}] } }`);
    expect(problemsOfYaml(role)).toMatch(/roles\.approver: is what the people under approvals are/);
  });

  test('is not reached where everybody who may propose is one of the approvers', () => {
    const approvers = atEnd(
      `roles: { both: { people: [
        { id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12, name: Priya },
        { id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e13, name: Jonas }] } }\naccess: { propose: [both] }`,
    );
    expect(problemsOfYaml(both(approvers, line('quorum', 'quorum: 2')))).toMatch(
      /approvals\.quorum: 2 people must approve beside the proposer, but everybody who may propose/,
    );
    expect(problemsOfYaml(approvers)).toBe('');
  });

  test('counts people once, whatever names them', () => {
    const same = atEnd(
      'roles: { owner: { people: [{ id: 5F1A0C5E-0b1b-4c43-9d7e-2f5a7c1d9e12, name: Priya }] } }',
    );
    const change = both(same, line('quorum', 'quorum: 3'), after('quorum', 'from: [owner]'));
    expect(problemsOfYaml(change)).toMatch(/3 people must approve, but only 2 can/);
  });

  test.each(['on-call', 'team'])('of %s is not known before, so it is let through', (role) => {
    expect(problemsOfYaml(both(roles, own(`quorum: 5, from: [${role}]`)))).toBe('');
  });
});

describe('what could never work', () => {
  refuses([
    [
      'a key with a line break',
      line('key', 'key: "sesame\\n"'),
      /key: has a line break, or another character that a header cannot hold/,
    ],
    [
      'a header of another alphabet',
      after('timeout', 'headers: { x-team: "→" }'),
      /headers\.x-team: has a line break, or another character/,
    ],
    [
      'a person without an id',
      (text) => text.replace(/id: 5f1a[^,]*12,/, 'id: 00000000-0000-0000-0000-000000000000,'),
      /approvers\.0\.id: is the empty GUID; put in the real one/,
    ],
    [
      'a metric that asks for nothing',
      after('selector', 'metrics: { m: { prometheus: { url: "http://a", query: " " } } }'),
      /query: must not be empty/,
    ],
    [
      'an input without end',
      (text) =>
        text.replace(
          /- input:\n/,
          `- input:\n            deep: ${'['.repeat(120)}${']'.repeat(120)}\n`,
        ),
      /golden\.0\.input: is nested more than 100 levels deep/,
    ],
  ]);
});

describe('what has no effect', () => {
  refuses([
    [
      'a context that is not used',
      after('location', 'context: a\n    connect: azure'),
      /context: has no effect with `connect: azure`/,
    ],
    [
      'a scope without a token',
      after('timeout', 'scope: https://ml.azure.com/.default'),
      /scope: has no effect without `auth: entra`/,
    ],
    [
      'a seed without chance',
      after('timeout', 'seed: 7'),
      /seed: has no effect without `arrivals: poisson`/,
    ],
  ]);
});
