import { availableParallelism } from 'node:os';

/** What is measured on real clocks and sockets: two of these at a time would measure each other. */
const measured = [
  'test/truth/.*',
  'test/predictions/.*',
  'test/runs/replay-live',
  'test/teams/many-conversations',
];

const common = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...common,
      displayName: 'alone',
      runner: 'jest-serial-runner',
      testRegex: measured.map((path) => `${path}\\.test\\.ts$`),
    },
    {
      ...common,
      displayName: 'together',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: measured.map((path) => `${path}\\.test\\.ts$`),
    },
  ],
  // Only what hangs is ended: on a busy machine a start of the whole bot takes a minute.
  testTimeout: 240_000,
  // Most tests that take long wait for processes of their own, so one more than there are cores.
  maxWorkers: availableParallelism() + 1,
  // What a worker has loaded for earlier tests is never freed; collecting garbage around it takes more and more of its time.
  workerIdleMemoryLimit: '1GB',
};
