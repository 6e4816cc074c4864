import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** Runs a process that is watched, and gives what it printed and how it ended. */
function run(code: string): Promise<{ out: string; exitCode: unknown }> {
  const program = `
    import { surviveErrors } from ${JSON.stringify(resolve('src/survive-errors.ts'))};
    const print = (text) => process.stdout.write(text + ';');
    const log = { error: (_fields, message) => print(message) };
    const exit = (code) => process.exit(code);
    let close = async () => print('closed');
    const watch = (more = {}) => surviveErrors({ process, log, close: () => close(), exit, ...more });
    ${code}
  `;
  return new Promise((done) => {
    const node = ['--input-type=module', '-e', program];
    execFile(process.execPath, node, (error, out) => done({ out, exitCode: error?.code ?? 0 }));
  });
}

const later = "setTimeout(() => print('still here'), 20);";
const failWith = (code: string) =>
  `setTimeout(() => { throw Object.assign(new Error('x'), { code: '${code}' }); }, 1);`;

describe('a process in which something is not caught', () => {
  test('keeps serving after a rejected promise', async () => {
    const { out, exitCode } = await run(`watch(); Promise.reject(new Error('x')); ${later}`);
    expect(out).toMatch(/rejected .* keeps serving.*still here/s);
    expect([out.includes('closed'), exitCode]).toEqual([false, 0]);
  });

  test.each(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])(
    'keeps serving after a connection failed with %s',
    async (code) => {
      const { out, exitCode } = await run(`watch(); ${failWith(code)} ${later}`);
      expect(out).toMatch(/keeps serving.*still here/s);
      expect(exitCode).toBe(0);
    },
  );

  test('hands its runs over and exits after any other exception', async () => {
    const { out, exitCode } = await run(`watch(); ${failWith('constructor')} ${later}`);
    expect(out).toMatch(/hands its runs over.*closed/s);
    expect(exitCode).toBe(1);
  });

  test('exits also when handing over fails or takes too long', async () => {
    const broken = "close = () => Promise.reject(new Error('no'));";
    expect((await run(`watch(); ${broken} ${failWith('X')}`)).exitCode).toBe(1);
    const slow = 'close = () => new Promise((resolve) => setTimeout(resolve, 60_000));';
    const ended = await run(`watch({ closeLimitMs: 10 }); ${slow} ${failWith('X')}`);
    expect(ended.exitCode).toBe(1);
  });

  test('hands its runs over once', async () => {
    const twice = `${failWith('X')} ${failWith('Y')}`;
    const { out } = await run(
      `close = () => new Promise((resolve) => setTimeout(() => { print('closed'); resolve(); }, 50)); watch(); ${twice}`,
    );
    expect(out.match(/closed/g)).toHaveLength(1);
  });

  test('is the process of the bot', () => {
    expect(readFileSync('src/main.ts', 'utf8')).toMatch(/surviveErrors\(\{ process,/);
  });
});
