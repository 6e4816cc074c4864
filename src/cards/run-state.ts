import type { Run } from '../domain/run.ts';

/** How a run's state is said: a word, a symbol that needs no colour, and the container style that adds one. */
export type RunState = {
  readonly word: string;
  readonly symbol: string;
  readonly style: 'default' | 'emphasis' | 'accent' | 'good' | 'warning' | 'attention';
};

/** The state of a run in words, symbol and colour. `ahead`: how many other runs are before it in line, where it waits for a free place. */
export function toRunState(run: Run, ahead?: number): RunState {
  switch (run.phase) {
    case 'proposed':
      return { word: 'Waiting for approval', symbol: '◌', style: 'accent' };
    case 'approved':
      return {
        word: toApprovedWord(run, ahead),
        symbol: '✔',
        style: 'accent',
      };
    case 'baseline':
      return { word: 'Measuring the baseline', symbol: '◔', style: 'accent' };
    case 'inject':
      if (run.refusedCancel) return refused;
      return {
        word: isEnding(run) ? 'Ending the fault' : 'Preparing the fault',
        symbol: '◑',
        style: 'warning',
      };
    case 'observe':
      if (run.refusedCancel) return refused;
      if (run.proposal.rehearsal && !isEnding(run))
        return { word: 'Rehearsing, no fault active', symbol: '◑', style: 'accent' };
      return {
        word: isEnding(run) ? 'Ending the fault' : 'Fault active',
        symbol: '⚡',
        style: 'attention',
      };
    case 'recover':
      if (run.execution?.unread) return { word: unconfirmed, symbol: '▲', style: 'warning' };
      if (run.execution?.state === 'failed')
        return { word: 'Execution failed, watching the pods', symbol: '✖', style: 'attention' };
      // They may be rid of it by now.
      if (run.carrying && run.carrying.length > 0)
        return { word: 'Execution over, watching the pods', symbol: '▲', style: 'warning' };
      return { word: 'Fault gone, recovering', symbol: '↻', style: 'accent' };
    case 'ended':
      return toEndState(run);
  }
}

function toApprovedWord({ queuedBehind }: Run, ahead: number | undefined): string {
  if (ahead === 0) return 'Approved, next in line: begins when another run ends';
  if (ahead !== undefined)
    return `Approved, in line: waits for ${ahead} ${ahead === 1 ? 'other' : 'others'} to begin first`;
  return queuedBehind ? `Approved, waiting for ${queuedBehind}` : 'Approved, about to begin';
}

/** What the cluster shows counts from here on. */
const unconfirmed = 'End of the fault not confirmed, watching the pods';

const refused: RunState = {
  word: 'Azure has not accepted the stop, the fault continues',
  symbol: '✖',
  style: 'attention',
};

function isEnding(run: Run): boolean {
  return run.stop !== undefined || run.trip !== undefined || run.cancelRequestedAt !== undefined;
}

function toEndState({ end, proposal }: Run): RunState {
  if (proposal.rehearsal && end?.ending === 'completed')
    return { word: 'Rehearsed, nothing injected', symbol: '✔', style: 'good' };
  if (end?.verdict === 'held' && end.ending === 'completed')
    return { word: 'Held in this run', symbol: '✔', style: 'good' };
  if (end?.ending === 'aborted')
    return { word: 'Aborted by a guard', symbol: '✖', style: 'attention' };
  if (end?.ending === 'failed') return { word: 'Failed', symbol: '✖', style: 'attention' };
  if (end?.ending === 'stopped') return { word: 'Stopped', symbol: '■', style: 'emphasis' };
  if (end?.ending === 'rejected') return { word: 'Rejected', symbol: '✖', style: 'emphasis' };
  if (end?.ending === 'expired') return { word: 'Expired', symbol: '–', style: 'emphasis' };
  if (end?.ending === 'outgrown')
    return { word: 'Changed since its approval, nothing injected', symbol: '▲', style: 'warning' };
  if (end?.ending === 'not-steady')
    return { word: 'Not steady, nothing injected', symbol: '▲', style: 'warning' };
  if (end?.ending === 'baseline-undecided')
    return { word: 'Baseline undecided, nothing injected', symbol: '?', style: 'warning' };
  if (end?.verdict === 'deviated') return { word: 'Deviated', symbol: '✖', style: 'attention' };
  if (end?.verdict === 'void')
    return { word: 'Void: the fault was never seen', symbol: '∅', style: 'warning' };
  return { word: 'Inconclusive', symbol: '?', style: 'warning' };
}

const verdictWords = {
  held: 'Held',
  deviated: 'Deviated',
  inconclusive: 'Inconclusive',
  void: 'Void',
} as const;

/** The state and, where it does not say it already, the verdict: `Stopped · Inconclusive`. */
export function printOutcome(run: Run): string {
  const { word } = toRunState(run);
  const verdict = run.end?.verdict && verdictWords[run.end.verdict];
  return !verdict || word.startsWith(verdict) ? word : `${word} · ${verdict}`;
}
