/** A guard of the product, and the texts whose replacement removes it. */
export type RemovableGuard = {
  readonly name: string;
  readonly removal: readonly {
    readonly file: string;
    readonly from: string;
    readonly to: string;
  }[];
};

const inPhase = 'src/runs/phases/inject.ts';
const starting = 'src/runs/start-fault.ts';
const context = 'src/runs/conduct-context.ts';
/** The guards whose absence a simulated day has to notice. */
export const removableGuards: readonly RemovableGuard[] = [
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
        file: starting,
        from: '    : search();',
        to: '    : faults.start({ ...approved, experimentName }, context.stopped);',
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
        file: starting,
        from: 'AbortSignal.any([context.stopped, calledOff.signal])',
        to: 'undefined',
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
        from: '  if (!isClaimLost(error) && mayHaveFault(run) && !isOver)\n    await endWithoutStore(run, toChaosError(error), context);\n',
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
