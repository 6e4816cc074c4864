import { alex, jonas, priya, tenantId, type TeamsPerson } from '../../support/composed/teams.ts';
import type { Attack, Target } from '../attack.ts';
import { sendRaw, toRequest, type RawReply } from '../send-raw.ts';
import { otherTenant, post } from './identities.ts';

const withToken = (target: Target, activity: unknown) =>
  post(target, activity, [['authorization', `Bearer ${target.bot.token()}`]]);

type Click = {
  readonly verb?: unknown;
  readonly data?: unknown;
  readonly change?: object;
  readonly person?: TeamsPerson;
};

function click(target: Target, { verb, data, change = {}, person = priya }: Click) {
  return target.bot.activity(person, {
    type: 'invoke',
    name: 'adaptiveCard/action',
    value: { action: { type: 'Action.Execute', verb, data }, trigger: 'manual' },
    ...change,
  });
}

/** A click is answered with 200 and a sentence: what refuses is what the sentence says, and that nothing changes. */
const sentence = /"type":\s*"application\/vnd\.microsoft\.activity\.message"/;

type ClickAttack = readonly [name: string, toClick: (target: Target) => unknown, answer?: RegExp];

const clicks = (kind: string, all: readonly ClickAttack[]): readonly Attack[] =>
  all.map(([name, toClick, answer = sentence]) => ({
    kind,
    name,
    refusedWith: [200],
    answer,
    send: (target) => withToken(target, toClick(target)),
  }));

const approval = ({ runId, digest }: Target) => ({ runId, digest });

const verbs: readonly unknown[] = [
  'run.explode',
  'run.start',
  'run.delete',
  'RUN.APPROVE',
  'run.approve ',
  'run.approve\u200b',
  'run.approve\0',
  'run\u2024approve',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'prototype',
  '',
  0,
  null,
  ['run.approve'],
  { toString: 'run.approve' },
];

const unknownVerbs = clicks(
  'verb',
  verbs.map((verb) => [
    JSON.stringify(verb),
    (target) => click(target, { verb, data: approval(target) }),
  ]),
);

const runIds: readonly unknown[] = [
  'r-000000',
  'r-zzzzzz',
  '../../etc/passwd',
  "r-000000' or '1'='1",
  'r-000000;drop table runs',
  'constructor',
  'toString',
  'r-\u0430bcdef',
  'x'.repeat(10_000),
  '',
  0,
  null,
  ['r-000000'],
  { $ne: '' },
];

const unknownRuns = clicks(
  'run',
  runIds.map((runId) => [
    (JSON.stringify(runId) ?? '').slice(0, 60),
    (target) => click(target, { verb: 'run.approve', data: { runId, digest: target.digest } }),
  ]),
);

const digests: readonly unknown[] = [
  undefined,
  '',
  'a'.repeat(64),
  0,
  null,
  ['x'],
  {},
  'constructor',
  '*',
];

const wrongDigests = clicks(
  'digest',
  [...digests, 'capitals' as const, 'first half' as const].map((digest) => [
    JSON.stringify(digest) ?? 'none',
    (target) => {
      const own = {
        capitals: target.digest.toUpperCase(),
        'first half': target.digest.slice(0, 32),
      };
      const given = digest === 'capitals' || digest === 'first half' ? own[digest] : digest;
      return click(target, { verb: 'run.approve', data: { runId: target.runId, digest: given } });
    },
  ]),
);

const stranger: TeamsPerson = {
  aadObjectId: '22222222-0000-4000-8000-000000000002',
  name: priya.name,
};

const byWhom = clicks('approver', [
  ['the proposer', (target) => click(target, { ...toApprove(target), person: alex })],
  [
    'a stranger of the same name',
    (target) => click(target, { ...toApprove(target), person: stranger }),
  ],
  [
    'a rejection by a stranger',
    (target) => click(target, { verb: 'run.reject', data: approval(target), person: stranger }),
  ],
  [
    'nobody',
    (target) =>
      click(target, { ...toApprove(target), change: { from: { id: '29:x', name: priya.name } } }),
  ],
  [
    'an object id that only begins as it should',
    (target) =>
      click(target, {
        ...toApprove(target),
        person: { ...priya, aadObjectId: priya.aadObjectId.slice(0, -1) },
      }),
  ],
  [
    'an approver named in the data',
    (target) =>
      click(target, {
        verb: 'run.approve',
        data: { ...approval(target), by: priya, approver: priya.aadObjectId },
        person: stranger,
      }),
  ],
]);

function toApprove(target: Target) {
  return { verb: 'run.approve', data: approval(target) };
}

const invokeNames = [
  'config/fetch',
  'composeExtension/query',
  'composeExtension/queryLink',
  'composeExtension/selectItem',
  'fileConsent/invoke',
  'signin/verifyState',
  'signin/tokenExchange',
  'actionableMessage/executeAction',
  'application/search',
  'handoff/action',
  'message/submitAction',
  'tab/fetch',
  'constructor',
  '__proto__',
  'ADAPTIVECARD/ACTION',
  '',
];

const unknownInvokes: readonly Attack[] = invokeNames.map((name) => ({
  kind: 'invoke',
  name: JSON.stringify(name),
  refusedWith: [200, 400, 501],
  send: (target) => withToken(target, click(target, { ...toApprove(target), change: { name } })),
}));

const oddValues = clicks(
  'click',
  (
    [
      undefined,
      null,
      5,
      'run.approve',
      [],
      {},
      { action: null },
      { action: 'run.approve' },
      { action: { verb: 'run.approve', data: 'x' } },
      { action: { verb: 'run.approve', data: [] } },
    ] as const
  ).map((value) => [
    JSON.stringify(value) ?? 'no value',
    (target) => click(target, { change: { value } }),
  ]),
);

const asGuest = { from: { id: `29:${jonas.aadObjectId}`, ...jonas, userRole: 'guest' } };
const asForeigner = {
  from: { id: `29:${jonas.aadObjectId}`, ...jonas, tenantId: otherTenant },
};
const asForeignerByChannel = {
  from: { id: `29:${jonas.aadObjectId}`, ...jonas, tenantId: otherTenant },
  channelData: { tenant: { id: otherTenant } },
};
const asForeignRole = {
  from: { id: `29:${jonas.aadObjectId}`, ...jonas },
  channelData: { tenant: { id: tenantId }, userRole: 'anonymous' },
};

const outsiders = [
  ['a guest', asGuest],
  ['somebody of another organisation', asForeigner],
  ['somebody of another organisation, by channel data', asForeignerByChannel],
  ['an anonymous participant', asForeignRole],
] as const;

const outsider = /Guests and people of other organisations/;

const outsiderClicks = outsiders.flatMap(([who, change]) =>
  clicks('outsider', [
    ...(['run.approve', 'run.reject', 'run.refresh', 'run.report'] as const).map(
      (verb): ClickAttack => [
        `${who} clicks ${verb}`,
        (target) => click(target, { verb, data: approval(target), change }),
        outsider,
      ],
    ),
    ...(
      [
        'task/fetch',
        'task/submit',
        'composeExtension/fetchTask',
        'composeExtension/submitAction',
      ] as const
    ).map((name): ClickAttack => [
      `${who} opens ${name}`,
      (target) =>
        click(target, {
          change: {
            ...change,
            name,
            value: { data: { step: 'propose', experiment: 'pod-failure', formId: 'x' } },
          },
        }),
      outsider,
    ]),
  ]),
);

const outsiderCommands: readonly Attack[] = outsiders.flatMap(([who, change]) =>
  ['run pod-failure', 'freeze', 'unfreeze', 'status', 'audit'].map((text) => ({
    kind: 'outsider',
    name: `${who} says ${text}`,
    refusedWith: [200],
    says: outsider,
    send: (target) => withToken(target, target.bot.activity(jonas, { text, ...change })),
  })),
);

/** Whoever is not of the organisation may stop, but nothing of another conversation. */
const outsiderStops: readonly Attack[] = outsiders.flatMap(([who, change]) =>
  [
    ['all', () => 'stop all'],
    ['a run of another conversation', ({ runId }: Target) => `stop ${runId}`],
  ].map(([what, toText]) => ({
    kind: 'outsider',
    name: `${who} stops ${String(what)}, from elsewhere`,
    refusedWith: [200],
    says: /Nothing/i,
    send: (target: Target) =>
      withToken(
        target,
        target.bot.activity(jonas, {
          text: (toText as (target: Target) => string)(target),
          ...change,
          conversation: {
            id: '19:elsewhere@thread.tacv2',
            tenantId,
            conversationType: 'channel',
            isGroup: true,
          },
        }),
      ),
  })),
);

const replays: readonly Attack[] = [
  {
    kind: 'replay',
    name: 'the proposal again, under its own id',
    refusedWith: [200],
    send: (target) =>
      withToken(target, {
        ...target.bot.activity(alex, { text: 'run pod-failure' }),
        id: 'activity-1',
      }),
  },
  {
    kind: 'replay',
    name: "a refused click again as an approver's, without a token",
    refusedWith: [401, 429],
    send: (target) => post(target, { ...click(target, toApprove(target)), id: 'x-1' }, []),
  },
];

const reports: readonly (readonly [string, (target: Target) => string, readonly number[]])[] = [
  ['no signature', (target) => target.reportPath().replace(/\?.*/, ''), [403]],
  [
    'an empty signature',
    (target) => target.reportPath().replace(/signature=.*/, 'signature='),
    [403],
  ],
  ['another key', (target) => target.forgedReportPath(), [403]],
  ['a cut signature', (target) => target.reportPath().slice(0, -2), [403]],
  ['a longer life', (target) => target.reportPath().replace(/until=\d/, 'until=9'), [403]],
  [
    'a life without end',
    (target) => target.reportPath().replace(/until=\d+/, 'until=Infinity'),
    [403],
  ],
  [
    'a life that is no number',
    (target) => target.reportPath().replace(/until=\d+/, 'until=x'),
    [403],
  ],
  [
    'another life before the right one',
    (target) => target.reportPath().replace('?', '?until=9999999999999&'),
    [403],
  ],
  ['another run', (target) => target.reportPath().replace(target.runId, 'r-000000'), [403]],
  [
    'a run that is none',
    (target) => target.reportPath().replace(target.runId, 'constructor'),
    [403],
  ],
  [
    'a run with SQL in it',
    (target) => target.reportPath().replace(target.runId, "r-000000'--"),
    [403, 404],
  ],
  [
    'a run with markup in it',
    (target) => target.reportPath().replace(target.runId, '%3Cscript%3E'),
    [403, 404],
  ],
  ['a run with NUL in it', (target) => target.reportPath('%00.html'), [403, 404]],
  ['a path upwards', (target) => target.reportPath('/../../../etc/passwd'), [403, 404]],
  [
    'a path upwards, escaped',
    (target) => target.reportPath('%2f..%2f..%2fetc%2fpasswd'),
    [403, 404],
  ],
  ['an escape that is none', (target) => target.reportPath('%zz'), [400, 403, 404]],
  ['a name of 8 KB', (target) => target.reportPath(`.${'x'.repeat(8_000)}`), [404]],
  ['.constructor', (target) => target.reportPath('.constructor'), [404]],
  ['.__proto__', (target) => target.reportPath('.__proto__'), [404]],
  ['.toString', (target) => target.reportPath('.toString'), [404]],
  ['.valueOf', (target) => target.reportPath('.valueOf'), [404]],
  ['.hasOwnProperty', (target) => target.reportPath('.hasOwnProperty'), [404]],
  ['.isPrototypeOf', (target) => target.reportPath('.isPrototypeOf'), [404]],
  ['.__defineGetter__', (target) => target.reportPath('.__defineGetter__'), [404]],
  ['.exe', (target) => target.reportPath('.exe'), [404]],
  ['.JSON', (target) => target.reportPath('.JSON'), [404]],
];

const reportAttacks: readonly Attack[] = reports.map(([name, toPath, refusedWith]) => ({
  kind: 'report',
  name,
  refusedWith,
  // A page that refuses shows neither what was asked for nor anything of the run.
  answer: /^(?!.*(<script|survive the failure)).*$/s,
  send: (target) =>
    sendRaw(target, [toRequest(target, `GET ${toPath(target)}`, [['connection', 'close']])]),
}));

const freezeTokens: readonly (readonly [string, (token: string) => string | undefined])[] = [
  ['no token', () => undefined],
  ['an empty token', () => ''],
  ['Bearer alone', () => 'Bearer'],
  ['Bearer and a space', () => 'Bearer '],
  ['the token but for its last letter', (token) => `Bearer ${token.slice(0, -1)}`],
  ['the token and a letter more', (token) => `Bearer ${token}x`],
  ['the token in capitals', (token) => `Bearer ${token.toUpperCase()}`],
  ['the token as Basic', (token) => `Basic ${token}`],
  ['the token twice', (token) => `Bearer ${token} ${token}`],
  ['the token, quoted', (token) => `Bearer "${token}"`],
  ['undefined', () => 'Bearer undefined'],
  ['null', () => 'Bearer null'],
  ['a wildcard', () => 'Bearer *'],
  ['a token of 10 KB', () => `Bearer ${'x'.repeat(10_000)}`],
];

async function sendFreeze(
  target: Target,
  authorization: string | undefined,
  path = '/freeze',
  body = '{"by":"attacker"}',
): Promise<RawReply> {
  const headers = [
    ['content-type', 'application/json'],
    ...(authorization === undefined ? [] : [['authorization', authorization]]),
  ] as [string, string][];
  return sendRaw(target, [toRequest(target, `POST ${path}`, headers, body)]);
}

const freezeAttacks: readonly Attack[] = [
  ...freezeTokens.map(([name, toHeader]): Attack => ({
    kind: 'freeze',
    name,
    refusedWith: [401],
    send: (target) => sendFreeze(target, toHeader(target.freezeToken)),
  })),
  {
    kind: 'freeze',
    name: 'the token in the address',
    refusedWith: [401],
    send: (target) => sendFreeze(target, undefined, `/freeze?token=${target.freezeToken}`),
  },
  {
    kind: 'freeze',
    name: 'the token in the body',
    refusedWith: [401],
    send: (target) =>
      sendFreeze(target, undefined, '/freeze', JSON.stringify({ token: target.freezeToken })),
  },
  {
    kind: 'freeze',
    name: "the channel's token",
    refusedWith: [401],
    send: (target) => sendFreeze(target, `Bearer ${target.bot.token()}`),
  },
];

/** Who is let in, and may not do what they try. */
export const rightsAttacks: readonly Attack[] = [
  ...unknownVerbs,
  ...unknownRuns,
  ...wrongDigests,
  ...byWhom,
  ...unknownInvokes,
  ...oddValues,
  ...outsiderClicks,
  ...outsiderCommands,
  ...outsiderStops,
  ...replays,
  ...reportAttacks,
  ...freezeAttacks,
];
