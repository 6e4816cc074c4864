import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A guard of the product, and the texts whose replacement removes it. */
type Guard = {
  readonly name: string;
  readonly removal: readonly {
    readonly file: string;
    readonly from: string;
    readonly to: string;
  }[];
};

const inPhase = 'src/runs/phases/inject.ts';
const context = 'src/runs/conduct-context.ts';
const guards: readonly Guard[] = [
  {
    name: 'who proposed may not approve',
    removal: [
      {
        file: 'src/domain/approval.ts',
        from: "  if (by.id === proposal.proposer.id) return 'self-approval';\n",
        to: '',
      },
      {
        file: 'src/domain/approval.ts',
        from: '      approval.by.id !== proposal.proposer.id &&\n',
        to: '',
      },
    ],
  },
  {
    name: 'an approval is of this digest',
    removal: [
      {
        file: 'src/domain/approval.ts',
        from: "  if (digest !== run.digest) return 'other-digest';\n",
        to: '',
      },
      { file: 'src/domain/approval.ts', from: '      approval.digest === digest &&\n', to: '' },
    ],
  },
  {
    name: 'as many approve as the rule asks for',
    removal: [
      {
        file: 'src/domain/approval.ts',
        from: 'return findMissing(proposal.approvalRule, counting) === undefined;',
        to: 'return counting.length > 0;',
      },
    ],
  },
  {
    name: 'a start that was asked for is looked for, and not asked for again',
    removal: [
      {
        file: inPhase,
        from: '    : await faults.findStarted(run);',
        to: '    : await faults.start({ ...approved, experimentName }, context.stopped);',
      },
    ],
  },
  {
    name: 'nothing is approved or started while everything is frozen',
    removal: [
      {
        file: inPhase,
        from: 'if (freeze ?? context.deps.active.unrecordedFreeze)',
        to: 'if (context.deps.active.unrecordedFreeze)',
      },
      { file: 'src/runs/decide-approval.ts', from: "  if (freeze) return 'frozen';\n", to: '' },
    ],
  },
  {
    name: 'whoever conducts a run heeds its stop',
    removal: [
      {
        file: context,
        from: '  return stopped.aborted || run.stop !== undefined;',
        to: '  return false;',
      },
      {
        file: inPhase,
        from: '.start({ ...approved, experimentName }, context.stopped)',
        to: '.start({ ...approved, experimentName })',
      },
    ],
  },
  {
    name: 'one run at a time on a cluster',
    removal: [
      {
        file: 'src/runs/take-turns.ts',
        from: '  return findAhead(run, await runs.list({ phases: conductedPhases })) === undefined;',
        to: '  return true;',
      },
      {
        file: 'src/runs/decide-approval.ts',
        from: "isRefused && findOnCluster(run, activeRuns) ? 'run-active' : undefined",
        to: 'undefined',
      },
    ],
  },
  {
    name: 'what a conductor writes carries its claim',
    removal: [
      {
        file: 'src/runs/fence.ts',
        from: 'held.follow(runs.transact(runId, decide, held.claim))',
        to: 'runs.transact(runId, decide)',
      },
      { file: context, from: '    claim.requireHeld();\n', to: '' },
      { file: context, from: '    claim.requireHeld();\n', to: '' },
    ],
  },
  {
    name: 'a fault whose pods are not seen is ended',
    removal: [
      {
        file: 'src/guards/guard-watch.ts',
        from: 'findLostSight(guard, sight, this.#lookingSince)',
        to: 'undefined',
      },
    ],
  },
  {
    name: 'a fault under which too much fails is ended',
    removal: [
      { file: 'src/guards/guard-watch.ts', from: 'state?.findReason(knownAt)', to: 'undefined' },
    ],
  },
  {
    name: 'a fault whose run can not be recorded is ended',
    removal: [
      {
        file: 'src/runs/conduct-run.ts',
        from: '  if (!isClaimLost(error) && mayHaveFault(run)) await endWithoutStore(run, context);\n',
        to: '',
      },
    ],
  },
  {
    name: 'stop does not wait for the database',
    removal: [
      {
        file: 'src/runs/stop/stop-run.ts',
        from: '      return [run.id, cancelNow(run, deps)];',
        to: '      return [run.id, new Promise<never>(() => undefined)];',
      },
      {
        file: 'src/runs/stop/stop-run.ts',
        from: '      deps.active.stop(run.id, request);\n',
        to: '',
      },
    ],
  },
];

/** `npm run removed-guards -- [DAYS] [PART OF A NAME]`: takes each guard out of a copy of the product, and says which simulated day notices. Fails where none does. */
const here = fileURLToPath(new URL('..', import.meta.url));
const [most = '3000', part = ''] = process.argv.slice(2);
let unnoticed = 0;
for (const guard of guards.filter(({ name }) => name.includes(part))) {
  const found = await findNoticing(guard);
  if (found === undefined) unnoticed += 1;
  process.stdout.write(`${guard.name}: ${found ?? `not noticed in ${most} days`}\n`);
}
process.exitCode = unnoticed > 0 ? 1 : 0;

async function findNoticing({ name, removal }: Guard): Promise<string | undefined> {
  await mkdir(join(here, 'build'), { recursive: true });
  const folder = await mkdtemp(join(here, 'build', 'removed-guard-'));
  try {
    for (const part of ['src', 'test/support', 'test/simulate.ts', 'package.json'])
      await cp(join(here, part), join(folder, part), { recursive: true });
    await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, from, to } of removal) {
      const text = await readFile(join(folder, file), 'utf8');
      if (!text.includes(from)) throw new Error(`${name}: ${file} has no ${from}`);
      await writeFile(
        join(folder, file),
        text.replace(from, () => to),
      );
    }
    const output = await run(folder);
    if (!/ days? .* broke a promise|^seed /m.test(output))
      throw new Error(`${name}: no day was played`);
    return /^seed .*/m.exec(output)?.[0];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(folder: string): Promise<string> {
  const args = ['test/simulate.ts', `--seeds=${most}`, '--until-broken'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}
