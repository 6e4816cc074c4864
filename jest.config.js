/** What is measured on real clocks and sockets: two of these at a time would measure each other. */
const measured = ['truth', 'predictions'];

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
      testMatch: measured.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...common,
      displayName: 'together',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: measured.map((folder) => `<rootDir>/test/${folder}/`),
    },
  ],
  // Only what hangs is ended: on a busy machine a start of the whole bot takes a minute.
  testTimeout: 240_000,
  // Most tests that take long wait for processes of their own.
  maxWorkers: '100%',
};
