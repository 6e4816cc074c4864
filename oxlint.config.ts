import { defineConfig } from 'oxlint';

/** SDK packages and the one folder or file that may know each. */
const sdks: Readonly<Record<string, string>> = {
  teams: 'botbuilder.*|botframework.*|@microsoft/teams-ai|jose',
  azure: '@azure/.*',
  kubernetes: '@kubernetes/.*',
  predictions: 'undici|json-p3|pure-rand',
  evidence: 'hdr-histogram-js',
  'evidence/statistics': 'cephes',
  store: 'kysely|pg|pg-boss|@electric-sql/.*',
  cards: 'adaptivecards.*|adaptive-expressions',
  reports: 'echarts|@resvg/.*',
};

/** Which other folders each folder may import; `runs/ports` is that folder alone. */
const layers: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  time: [],
  runs: ['domain', 'evidence', 'guards', 'time'],
  evidence: ['domain'],
  guards: ['domain', 'evidence'],
  cards: ['domain', 'evidence'],
  reports: ['domain', 'evidence'],
  http: ['domain', 'time'],
  azure: ['domain', 'time', 'runs/ports'],
  kubernetes: ['domain', 'time', 'runs/ports'],
  predictions: ['domain', 'evidence', 'time', 'runs/ports'],
  store: ['domain', 'evidence', 'time', 'runs/ports'],
  teams: ['domain', 'runs', 'cards', 'reports'],
};

/** The packages that folders may use that are pure, as the beginning of their names: card templating, and what reports are drawn and escaped with. */
const packages: Readonly<Record<string, string>> = {
  runs: '^[^.]',
  reports: '^([^.en@]|e[^cn]|ec[^h]|en[^t]|n[^o]|node:[^m]|@[^r])',
  cards: '^([^.a]|a[^d]|ad[^a])',
};

const folders = Object.keys(layers);
const wiring = [
  'config',
  'environment',
  'start-up-error',
  'journal-setting',
  'options',
  'compose',
  'main',
  'audit',
  'server',
  'limit-drafts',
  'logger',
  'metrics',
  'report-links',
  'answer-report',
  'survive-errors',
  'replay',
];

type Pattern = { message: string } & ({ regex: string } | { group: string[] });

function forbid(patterns: Pattern[]) {
  return { 'eslint/no-restricted-imports': ['error', { patterns }] } as const;
}

function foreignSdks(home: string) {
  const foreign = Object.entries(sdks).flatMap(([folder, names]) =>
    folder === home ? [] : [names],
  );
  return {
    regex: `^(${foreign.join('|')})(/.*)?$`,
    message: 'One SDK, one folder: go through a port.',
  };
}

function layerRules(folder: string) {
  const allowed = layers[folder] ?? [];
  const forbidden = folders.filter((other) => other !== folder && !allowed.includes(other));
  const portsOnly = allowed.includes('runs/ports');
  const closed = forbidden.filter((other) => !(portsOnly && other === 'runs'));
  const message = `${folder}/ may import only ${[folder, ...allowed].join(', ')}.`;
  return forbid([
    foreignSdks(folder),
    {
      regex: `^(\\.\\./)+(${[...closed, 'chaos-yaml', 'cli', 'lab', 'test', 'bench'].join('|')})/`,
      message,
    },
    { regex: `^(\\.\\./)+(${wiring.join('|')})\\.ts$`, message },
    ...(portsOnly ? [{ group: ['**/runs/**', '!**/runs/ports/**'], message }] : []),
    ...(packages[folder]
      ? [{ regex: packages[folder], message: `${folder}/ is pure: no packages.` }]
      : []),
  ]);
}

const noOutsideWorld = {
  'eslint/no-restricted-globals': [
    'error',
    'process',
    'Buffer',
    'fetch',
    'console',
    'performance',
    'crypto',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'Date',
  ],
} as const;

const purity = {
  ...forbid([
    {
      regex: '^([^.]|\\.\\./([^e]|e[^v]|evidence/[^s]))',
      message: 'domain/ is pure: it imports nothing but itself and the statistics.',
    },
  ]),
  ...noOutsideWorld,
};

/** Mathematics, below the domain: special functions are its only package. */
const statistics = {
  ...forbid([
    {
      regex: '^([^.c]|\\.\\.|c[^e])',
      message: 'evidence/statistics/ is pure: it imports nothing but itself and cephes.',
    },
  ]),
  ...noOutsideWorld,
};

// oxlint-disable-next-line import/no-default-export -- the linter asks for its configuration this way
export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'jest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    'eslint/max-params': ['error', { max: 4 }],
    'eslint/no-console': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    // Waiting in turn is often what is meant here: runs are conducted step by step.
    'eslint/no-await-in-loop': 'off',
    'eslint/no-shadow': 'off',
    'eslint/no-underscore-dangle': 'off',
    'import/no-unassigned-import': 'off',
    'unicorn/no-array-callback-reference': 'off',
    // Small arrays and small closures read better than what these would make of them.
    'oxc/no-map-spread': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/prefer-set-has': 'off',
    'import/no-named-as-default-member': 'off',
    'jest/expect-expect': [
      'error',
      { assertFunctionNames: ['expect', 'expect*', 'until', 'fc.assert'] },
    ],
    'jest/no-conditional-expect': 'off',
    // restify waits for asynchronous handlers.
    'oxc/no-async-endpoint-handlers': 'off',
    'jest/require-to-throw-message': 'off',
    'promise/no-promise-in-callback': 'off',
    // The compiler checks that every path returns, and knows which switches are exhaustive.
    'typescript/consistent-return': 'off',
    // Narrowing what was just checked is the one use of assertions here.
    'typescript/no-unsafe-type-assertion': 'off',
  },
  overrides: [
    {
      files: ['src/*.ts', 'src/cli/**'],
      rules: forbid([
        foreignSdks('none'),
        {
          regex: '^(\\.\\./)+(lab|test|bench)/',
          message: 'The product does not know the lab or the tests.',
        },
      ]),
    },
    { files: ['src/domain/**'], rules: purity },
    ...folders
      .filter((folder) => folder !== 'domain')
      .map((folder) => ({ files: [`src/${folder}/**`], rules: layerRules(folder) })),
    { files: ['src/evidence/statistics/**'], rules: statistics },
  ],
});
