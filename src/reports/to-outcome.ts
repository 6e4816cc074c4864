import { explainEnd } from '../domain/explain-end.ts';
import type { Run } from '../domain/run.ts';
import type { Ending, Verdict } from '../domain/run-event.ts';
import type { Outcome } from './report.ts';

const verdictWords: Readonly<Record<Verdict, string>> = {
  held: 'Held in this run',
  deviated: 'Deviated',
  inconclusive: 'Inconclusive',
  void: 'Void',
};

const endingWords: Readonly<Record<Exclude<Ending, 'completed'>, string>> = {
  rejected: 'Rejected',
  expired: 'Expired',
  'not-steady': 'Not steady, nothing injected',
  'baseline-undecided': 'Baseline undecided, nothing injected',
  outgrown: 'Changed since its approval, nothing injected',
  stopped: 'Stopped',
  aborted: 'Aborted by a guard',
  failed: 'Failed',
};

/** How a run ended, in the words of its cards: `Held in this run`, `Aborted by a guard · Deviated`. */
export function toOutcome(run: Run): Outcome {
  const { end, proposal } = run;
  const why = explainEnd(run);
  if (!end || why === undefined)
    return {
      word: 'Not ended yet',
      tone: 'neutral',
      verdict: null,
      ending: null,
      why: 'The run goes on; this is what is recorded so far.',
    };
  const { ending, verdict } = end;
  if (proposal.rehearsal && ending === 'completed')
    return { word: 'Rehearsed, nothing injected', tone: 'neutral', verdict, ending, why };
  const words = [
    ...(ending === 'completed' ? [] : [endingWords[ending]]),
    ...(verdict ? [verdictWords[verdict]] : []),
  ];
  return { word: words.join(' · '), tone: toTone(ending, verdict), verdict, ending, why };
}

const unsureEndings: readonly Ending[] = ['not-steady', 'baseline-undecided', 'outgrown'];

function toTone(ending: Ending, verdict: Verdict | null): Outcome['tone'] {
  if (verdict === 'deviated' || ending === 'aborted' || ending === 'failed') return 'bad';
  if (verdict === 'held') return 'good';
  return verdict === null && !unsureEndings.includes(ending) ? 'neutral' : 'unsure';
}
