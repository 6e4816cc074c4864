import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';
import { environmentNames } from '../src/environment.ts';
import { toChaosYamlJsonSchema } from './support/chaos-yaml-json-schema.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const guid = '5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12';
const environment = {
  BOT_AUTH: 'off',
  AZURE_SUBSCRIPTION_ID: '5b1c0000-0000-4000-8000-000000000001',
  AZURE_RESOURCE_GROUP: 'chaos',
  SCORING_URI: 'http://127.0.0.1:1/score',
  SCORING_KEY: 'sesame',
};

/** Every line that is complained of. */
function problemsOf(env: Record<string, string | undefined>): string {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** The shipped chaos.yaml with one thing changed. */
async function withYaml(change: (text: string) => string): Promise<Record<string, string>> {
  const path = join(folder, 'chaos.yaml');
  await writeFile(path, change(await readFile('chaos.yaml', 'utf8')));
  return { ...environment, CHAOS_CONFIG: path };
}

describe('the shipped configuration', () => {
  test('is valid, and speaks of what the environment names', () => {
    const { catalogue, scoringKeys, auth } = loadConfig(environment);
    expect(auth).toEqual({ mode: 'off' });
    expect(catalogue.experiments.map(({ name }) => name)).toContain('pod-failure');
    expect(catalogue.services[0]?.scoring.uri).toBe(environment.SCORING_URI);
    expect(catalogue.clusters[0]?.resourceId).toContain(
      '/subscriptions/5b1c0000-0000-4000-8000-000000000001/resourceGroups/chaos/',
    );
    expect(scoringKeys.get('diabetes')).toBe('sesame');
  });

  test('keeps the scoring key out of the catalogue, and so out of proposals and the journal', () => {
    expect(JSON.stringify(loadConfig(environment).catalogue)).not.toContain('sesame');
  });

  test('has every variable that is read in .env.sample', async () => {
    const sample = await readFile('.env.sample', 'utf8');
    const missing = environmentNames.filter(
      (name) => name !== 'NODE_ENV' && !new RegExp(`^${name}=`, 'm').test(sample),
    );
    expect(environmentNames.length).toBeGreaterThan(25);
    expect(missing).toEqual([]);
  });
});

describe('guards that look at the stream', () => {
  const withGuard = (guard: string) =>
    withYaml((text) =>
      text
        .replace(/^ *availabilityDrop: .*\n/m, '')
        .replace('lostSight: 15s', `lostSight: 15s\n      ${guard}`),
    );

  test('are read, with a false-alarm rate of 1% unless another is stated', async () => {
    const env = await withGuard('availabilityDrop: { from: 95%, to: 50% }');
    expect(loadConfig(env).catalogue.experiments[0]?.guards).toContainEqual({
      kind: 'availability-drop',
      from: 0.95,
      to: 0.5,
      falseAlarms: 0.01,
    });
    const failures = await withGuard('consecutiveFailures: 20');
    const guard = { kind: 'consecutive-failures', count: 20 };
    expect(loadConfig(failures).catalogue.experiments[0]?.guards).toContainEqual(guard);
  });

  test.each([
    ['availabilityDrop: { from: 50%, to: 95% }', /`to` must be less than `from`/],
    ['availabilityDrop: { from: 100%, to: 95% }', /over 0% and under 100%/],
    ['availabilityDrop: { from: 95%, to: 50%, falseAlarm: 1% }', /did you mean "falseAlarms"/],
    ['consecutiveFailures: 1', /consecutiveFailures/],
  ])('that are written %s are refused', async (guard, problem) => {
    expect(problemsOf(await withGuard(guard))).toMatch(problem);
  });
});

describe('the least time without sight that ends a fault', () => {
  const withSight = (lostSight: string, pace = 'rate: 10/s') =>
    withYaml((text) =>
      text.replace('lostSight: 15s', `lostSight: ${lostSight}`).replace(/rate: \d+\/s/, pace),
    );

  test.each([
    ['4s', undefined, /lostSight: must be at least 5s/],
    ['15s', 'rate: 0.1/s', /must be at least 21s.*asked 0.1 times a second/],
    ['10s', 'rate: 1/s\n      arrivals: poisson', /must be at least 11s/],
  ])('is not %s at %s', async (lostSight, pace, problem) => {
    expect(problemsOf(await withSight(lostSight, pace))).toMatch(problem);
  });

  test('may be as short as lists and predictions allow', async () => {
    const { catalogue } = loadConfig(await withSight('5s'));
    expect(catalogue.experiments[0]?.guards).toContainEqual({ kind: 'lost-sight', afterMs: 5_000 });
  });
});

describe('an error budget', () => {
  const withBudget = (objective: string) =>
    withYaml((text) =>
      text
        .replace(/^ {4}objective: .*$/m, `    objective: ${objective}`)
        .replace('lostSight: 15s', 'lostSight: 15s, spendAtMost: 20s')
        .replace(/^ {6}lostSight: 15s, (spend.*)$/m, '      lostSight: 15s\n      $1'),
    );

  test('is stated by an objective, and a guard caps what a run may spend of it', async () => {
    const env = await withBudget('{ availability: 99.9%, over: 30d, leave: 25% }');
    const { catalogue } = loadConfig(env);
    const [service] = catalogue.services;
    expect(service?.objective?.availability).toBeCloseTo(0.999, 9);
    expect(service?.objective).toMatchObject({ overMs: 2_592_000_000, leave: 0.25 });
    expect(catalogue.experiments[0]?.guards).toContainEqual({
      kind: 'budget-cap',
      spendMs: 20_000,
    });
  });

  test.each([
    ['{ availability: 100%, over: 30d }', /objective.*over 0% and under 100%/],
    ['{ availability: 99%, over: a month }', /objective.*not a span such as 30d or 12h/],
    ['{ availability: 99%, over: 30d, leav: 25% }', /unknown key; did you mean "leave"/],
  ])('that is written %s is refused', async (objective, problem) => {
    expect(problemsOf(await withBudget(objective))).toMatch(problem);
  });
});

describe('the copy of the journal', () => {
  const url = 'https://marshal.blob.core.windows.net/journal';
  test('keeps single predictions within 256 MB, or what is set, or none', () => {
    const bytesOf = (max: string) =>
      loadConfig({ ...environment, SAMPLES_MAX_MB: max }).samplesMaxBytes;
    expect(['', '1', '0'].map(bytesOf)).toEqual([256_000_000, 1_000_000, 0]);
    for (const wrong of ['-1', '1.5', 'much'])
      expect(problemsOf({ ...environment, SAMPLES_MAX_MB: wrong })).toMatch(/SAMPLES_MAX_MB: /);
  });

  test('conducts 50 runs at once, or as many as is set', () => {
    const most = (value: string) =>
      loadConfig({ ...environment, MAX_CONCURRENT_RUNS: value }).mostRuns;
    expect(['', '1'].map(most)).toEqual([50, 1]);
  });

  test('says for how long names are kept, a day at least', () => {
    expect(loadConfig({ ...environment, KEEP_NAMES_FOR: '2d' }).keepNamesForMs).toBe(172_800_000);
    expect(loadConfig({ ...environment, KEEP_NAMES_FOR: '' })).not.toHaveProperty('keepNamesForMs');
    const problems = [
      ['5m', /KEEP_NAMES_FOR: must be at least 1d, not "5m"/],
      ['long', /KEEP_NAMES_FOR: "long" is not a span such as 30d or 12h/],
    ] as const;
    for (const [wrong, problem] of problems)
      expect(problemsOf({ ...environment, KEEP_NAMES_FOR: wrong })).toMatch(problem);
  });

  test('is kept where it is said, and nowhere when it is not', () => {
    expect(loadConfig({ ...environment, JOURNAL_CONTAINER_URL: url }).journalContainerUrl).toBe(
      url,
    );
    expect(loadConfig({ ...environment, JOURNAL_CONTAINER_URL: '' })).not.toHaveProperty(
      'journalContainerUrl',
    );
  });

  test.each([
    url.replace('https', 'http'),
    'https://marshal.blob.core.windows.net/',
    `${url}?sig=x`,
    'journal',
  ])('is refused at %s', (wrong) => {
    expect(problemsOf({ ...environment, JOURNAL_CONTAINER_URL: wrong })).toMatch(
      /JOURNAL_CONTAINER_URL: is not https:\/\/ACCOUNT/,
    );
  });
});

describe('authentication', () => {
  test('is never off by accident', () => {
    const { BOT_AUTH: _off, ...required } = environment;
    expect(problemsOf(required)).toMatch(
      /BOT_ID: is not set[^]*BOT_TYPE: is not set[^]*BOT_TENANT_ID: is not set/,
    );
    expect(problemsOf({ ...required, BOT_AUTH: 'none' })).toContain('BOT_AUTH');
    expect(
      problemsOf({ ...required, BOT_ID: guid, BOT_TENANT_ID: guid, BOT_TYPE: 'MultiTenant' }),
    ).toContain('BOT_TYPE');
    expect(
      problemsOf({ ...required, BOT_ID: guid, BOT_TENANT_ID: guid, BOT_TYPE: 'SingleTenant' }),
    ).toContain('BOT_PASSWORD');
  });

  test('is off only on loopback and not in production', () => {
    expect(problemsOf({ ...environment, HOST: '0.0.0.0' })).toContain('only for loopback');
    expect(problemsOf({ ...environment, NODE_ENV: 'production' })).toContain(
      'refused when NODE_ENV=production',
    );
  });

  test('takes test issuers, but not in production', () => {
    const issuer = {
      ...environment,
      BOT_AUTH: 'required',
      BOT_ID: guid,
      BOT_TENANT_ID: guid,
      BOT_TYPE: 'UserAssignedMSI',
      BOT_TOKEN_ISSUER: 'https://issuer.test',
    };
    expect(loadConfig(issuer).auth).toMatchObject({
      mode: 'required',
      tokenIssuer: 'https://issuer.test',
    });
    expect(problemsOf({ ...issuer, NODE_ENV: 'production' })).toContain('BOT_TOKEN_ISSUER');
  });
});

describe('npm start -- --check', () => {
  const check = (env: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      const all = { PATH: process.env['PATH'], ...env };
      execFile(process.execPath, ['src/main.ts', '--check'], { env: all }, (error, out, problem) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: out + problem }),
      );
    });

  test('says that all is well, and starts nothing', async () => {
    expect(await check(environment)).toEqual({ code: 0, said: 'The configuration is right.\n' });
  });

  test('says what is wrong and where, and fails', async () => {
    const env = await withYaml((text) => text.replace('mode: one', 'mode: som'));
    const { code, said } = await check(env);
    expect([code, said]).toEqual([1, expect.stringMatching(/chaos\.yaml:\d+: experiments/)]);
  });
});

test('the JSON Schema for editors is that of what the bot checks', async () => {
  const written = JSON.parse(await readFile('chaos.schema.json', 'utf8')) as object;
  expect(written).toEqual(JSON.parse(JSON.stringify(toChaosYamlJsonSchema())));
});

describe('limits', () => {
  test('leave the last ready pod alone unless told otherwise, for all and not again for each', async () => {
    const { catalogue } = loadConfig(await withYaml((text) => text));
    expect(catalogue.limits).toMatchObject({ leaveReady: 1 });
    const given = await withYaml((text) =>
      `${text}\nlimits: { leaveReady: 0 }\n`.replace(
        '    baseline: 30s\n',
        '    baseline: 30s\n    limits: { mostPods: 2 }\n',
      ),
    );
    const { limits, experiments } = loadConfig(given).catalogue;
    expect(limits).toMatchObject({ leaveReady: 0 });
    expect(experiments[0]?.limits).not.toHaveProperty('leaveReady');
  });
});

describe('who approves', () => {
  const roles = `roles:
  owner:
    people: [{ id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12, name: Priya Nair }]
  on-call:
    groups: [{ id: 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e99, name: Model on-call }]
`;
  const withRoles = (from: string, change = (text: string) => text) =>
    withYaml((text) =>
      change(`${text.replace('  quorum: 1\n', `  quorum: 1\n  from: ${from}\n`)}\n${roles}`),
    );

  test('is one of the approvers, and one of each role that is named', async () => {
    const { approvals } = loadConfig(await withRoles('[owner, on-call]')).catalogue;
    expect(approvals.rule.roles.map(({ name }) => name)).toEqual(['approver', 'owner', 'on-call']);
    expect(approvals.rule).toMatchObject({ quorum: 1, startWithinMs: 900_000 });
  });

  test('is more for a cluster or an experiment that asks for more', async () => {
    const env = await withRoles('[owner]', (text) =>
      text
        .replace(
          '    location: westeurope\n',
          '    location: westeurope\n    approvals: { quorum: 2 }\n',
        )
        .replace('    baseline: 30s\n', '    baseline: 30s\n    approvals: { from: [on-call] }\n'),
    );
    const { clusters, experiments } = loadConfig(env).catalogue;
    expect(clusters[0]?.approvalRule).toMatchObject({ quorum: 2, roles: [] });
    expect(experiments[0]?.approvalRule).toMatchObject({ quorum: 1, roles: [{ name: 'on-call' }] });
    expect(experiments[1]?.approvalRule).toBeUndefined();
  });

  test.each([
    ['a role that is not there', '[ownr]', 'there is no role "ownr"; did you mean "owner"?'],
    ['no role', '[]', 'approvals.from'],
  ])('is never %s', async (_what, from, problem) => {
    expect(problemsOf(await withRoles(from))).toContain(problem);
  });

  test('may be whoever is in the channel, who then has no right beyond it', async () => {
    const open = (text: string) => `${text}  team: { channelMembers: true }\n`;
    const env = await withYaml((text) =>
      open(`${text.replace('  quorum: 1\n', '  quorum: 3\n  from: [team]\n')}\n${roles}`),
    );
    expect(loadConfig(env).catalogue.approvals.rule.roles.at(-1)).toMatchObject({
      name: 'team',
      channelMembers: true,
    });
    const asked = await withYaml((text) => `${open(`${text}\n${roles}`)}access: { see: [team] }\n`);
    expect(problemsOf(asked)).toContain('access.see.0: members of a channel');
  });

  test('may also be kept from proposing, stopping and reading, for all and tighter', async () => {
    const env = await withYaml(
      (text) =>
        `${text.replace('    baseline: 30s\n', '    baseline: 30s\n    access: { propose: [owner], stop: [on-call] }\n')}\n${roles}access: { see: [owner] }\n`,
    );
    const { access, experiments } = loadConfig(env).catalogue;
    expect(access).toMatchObject({ see: [{ name: 'owner' }] });
    expect(experiments[0]?.access).toMatchObject({
      propose: [{ name: 'owner' }],
      stop: [{ name: 'on-call' }],
    });
    const wrong = await withYaml((text) => `${text}\n${roles}access: { see: [owners] }\n`);
    expect(problemsOf(wrong)).toContain('access.see.0: there is no role "owners"');
  });

  test('are enough people for the quorum', async () => {
    const env = await withYaml((text) => text.replace('quorum: 1', 'quorum: 3'));
    expect(problemsOf(env)).toContain(
      'approvals.quorum: 3 people must approve, but only 2 can; name more approvers',
    );
  });
});

describe('when runs may be', () => {
  const withCalendar = (lines: string) => withYaml((text) => `${text}\ncalendar:\n${lines}`);

  test('is read in the zone that is named', async () => {
    const env = await withCalendar(
      '  zone: Europe/Berlin\n  days: [mon, fri]\n  from: "09:00"\n  until: "17:30"\n  closures: [{ from: "2026-12-18", to: "2027-01-04", reason: Freeze }]\n',
    );
    expect(loadConfig(env).catalogue.calendar).toEqual({
      zone: 'Europe/Berlin',
      hours: { days: [1, 5], from: 540, until: 1_050 },
      closures: [{ from: '2026-12-18', to: '2027-01-04', reason: 'Freeze' }],
    });
  });

  test('may last over midnight, and ends at midnight where it is said so', async () => {
    const hoursOf = async (lines: string) =>
      loadConfig(await withCalendar(`  zone: UTC\n${lines}`)).catalogue.calendar?.hours;
    const days = [1, 2, 3, 4, 5, 6, 7];
    expect(await hoursOf('  from: "22:00"\n  until: "06:00"\n')).toEqual({
      days,
      from: 1_320,
      until: 360,
    });
    for (const midnight of ['00:00', '24:00'])
      expect(await hoursOf(`  from: "09:00"\n  until: "${midnight}"\n`)).toEqual({
        days,
        from: 540,
        until: 1_440,
      });
    expect(await hoursOf('  days: [sun, mon, sun]\n')).toEqual({
      days: [1, 7],
      from: 0,
      until: 1_440,
    });
  });

  test.each([
    ['  zone: Mars/Olympus\n', 'not a time zone'],
    ['  zone: UTC\n  from: "9am"\n', 'not a time of day'],
    ['  zone: UTC\n  days: [someday]\n', 'calendar.days'],
    [
      '  zone: UTC\n  closures: [{ from: "2026-13-01", to: "2026-12-02", reason: x }]\n',
      'write a day as',
    ],
  ])('is never %j', async (lines, problem) => {
    expect(problemsOf(await withCalendar(lines))).toContain(problem);
  });
});

describe('metrics of a service', () => {
  const withMetrics = (lines: string, tolerance = 'metric(users) >= 99') =>
    withYaml((text) =>
      text
        .replace('    objective:', `    metrics:\n${lines}    objective:`)
        .replace('- availability >= 95%', `- ${tolerance}`),
    );
  const users =
    '      users: { http: { url: "https://stats.example/users", path: $.served }, headers: { authorization: "Bearer ${SCORING_KEY}" } }\n';

  test('come with their headers apart from the catalogue', async () => {
    const { catalogue, metricHeaders } = loadConfig(await withMetrics(users));
    expect(catalogue.services[0]?.metrics).toEqual([
      {
        name: 'users',
        everyMs: 5_000,
        source: { kind: 'http', url: 'https://stats.example/users', path: '$.served' },
      },
    ]);
    expect(metricHeaders.get('diabetes users')).toEqual({ authorization: 'Bearer sesame' });
    expect(JSON.stringify(catalogue)).not.toContain('sesame');
  });

  test('come from Azure Monitor with tokens of its scope', async () => {
    const line =
      '      users: { every: 15s, prometheus: { url: "https://m.example", query: up, auth: entra } }\n';
    expect(loadConfig(await withMetrics(line)).catalogue.services[0]?.metrics).toEqual([
      {
        name: 'users',
        everyMs: 15_000,
        source: {
          kind: 'prometheus',
          url: 'https://m.example',
          query: 'up',
          entraScope: 'https://prometheus.monitor.azure.com/.default',
        },
      },
    ]);
  });

  test.each([
    [
      users,
      'metric(user) >= 99',
      /tolerances\.0: the service "diabetes" has no metric "user"; did you mean "users"/,
    ],
    ['      users: {}\n', undefined, /users: must say where its number comes from/],
    [
      '      Users: {}\n',
      undefined,
      /metrics\.Users: can't be the name of a metric: lower-case letters/,
    ],
    [
      '      users: { http: { url: "https://me:sesame@x.example", path: $.a } }\n',
      undefined,
      /carries a secret \(user and password before the host\).*put it into headers/,
    ],
    [
      '      users: { http: { url: "ftp://x.example", path: $.a } }\n',
      undefined,
      /begins with ftp:\/\/, not with http/,
    ],
    [
      '      users: { http: { url: "https://x.example", path: "$[" } }\n',
      undefined,
      /is not a JSONPath/,
    ],
    [
      '      users: { every: 100ms, http: { url: "https://x", path: $.a } }\n',
      undefined,
      /every: must be at least 1s, not "100ms"/,
    ],
    [
      '      users: { prometheus: { url: "https://x", querry: up } }\n',
      undefined,
      /did you mean "query"/,
    ],
  ])('are told what is wrong with them: %j', async (lines, tolerance, problem) => {
    expect(problemsOf(await withMetrics(lines, tolerance))).toMatch(problem);
  });
});

describe('a wrong chaos.yaml', () => {
  test('is answered with every problem at once, its line and the nearest right key', async () => {
    const problems = problemsOf(
      await withYaml((text) =>
        text
          .replace('rate: 10/s', 'rate: fast')
          .replace('service: diabetes', 'service: diabetis')
          .replace('baseline: 30s', 'baselin: 30s'),
      ),
    );
    expect(problems).toMatch(
      /chaos\.yaml:\d+: services\.diabetes\.scoring\.rate: "fast" is not a rate/,
    );
    expect(problems).toMatch(/baselin: unknown key; did you mean "baseline"\?/);
  });

  test('names a reference that leads nowhere', async () => {
    expect(
      problemsOf(await withYaml((text) => text.replace('service: diabetes', 'service: diabetis'))),
    ).toContain('there is no service "diabetis"; did you mean "diabetes"?');
  });

  test('names a variable that is not set, and its line', async () => {
    const { SCORING_KEY: _unset, ...rest } = environment;
    const line =
      (await readFile('chaos.yaml', 'utf8'))
        .split('\n')
        .findIndex((text) => text.includes('${SCORING_KEY}')) + 1;
    expect(problemsOf(rest)).toContain(
      `chaos.yaml:${line}: the environment variable SCORING_KEY is not set`,
    );
  });

  test.each([
    ['a fault that is too short', 'duration: 60s', 'duration: 2s', 'at least 10s'],
    ['a tolerance that is none', 'availability >= 95%', 'availability > lots', 'not a tolerance'],
    ['broken YAML', 'experiments:', 'experiments: [', 'chaos.yaml:'],
  ])('%s is refused', async (_what, from, to, message) => {
    expect(problemsOf(await withYaml((text) => text.replace(from, to)))).toContain(message);
  });

  test('that is missing is said so', () => {
    expect(problemsOf({ ...environment, CHAOS_CONFIG: join(folder, 'nowhere.yaml') })).toContain(
      'nowhere.yaml: does not exist; set CHAOS_CONFIG to the path of your chaos.yaml',
    );
  });
});
