import { printTolerance } from './hypothesis.ts';
import { findOpenQuestions } from './open-questions.ts';
import { printExactDuration } from './print-command.ts';
import type { Run } from './run.ts';

/** What the team should do after a run, in the order of their worth; at least one step. */
export function toNextSteps(run: Run): readonly string[] {
  const { end, proposal, observed, execution, failure } = run;
  if (execution?.problem) return [execution.problem.suggestion];
  if (failure) return [failure.suggestion];
  if (proposal.rehearsal)
    return [`Inject it when you are ready: run ${proposal.experiment} without "rehearse".`];
  switch (end?.ending) {
    case 'not-steady':
      return [
        'Find out why the service is not steady without a fault, then propose the experiment again.',
      ];
    case 'outgrown':
      return [
        'Look at the new proposal: it says what has changed, and needs approvals of its own.',
      ];
    case 'rejected':
    case 'expired':
      return [`Propose it again when it suits: run ${proposal.experiment}.`];
    case 'stopped':
      return ['When whatever made you stop is over, propose the experiment again.'];
    default:
      break;
  }
  if (end?.verdict === 'void')
    return [
      'Check that Chaos Mesh runs on the cluster and that the selector matches the pods, then repeat.',
    ];
  if (end?.verdict === 'inconclusive') return toDecisive(run);
  if (end?.verdict === 'held')
    return [
      'Make it harder: more pods, a longer fault, or a tighter tolerance.',
      'Repeat it after the next release.',
    ];
  const broken =
    observed?.judgement.tolerances.filter(({ finding }) => finding === 'deviated') ?? [];
  return [
    ...broken.map(({ tolerance }) => `Find out what broke "${printTolerance(tolerance)}".`),
    'Look at the readiness probe, replicas and retries of the service: how long does a dead pod keep getting predictions?',
    'Repeat the experiment after the change.',
  ];
}

/** How long a repetition has to be, and what has to be readable. A fault that was cut short says nothing of it. */
function toDecisive(run: Run): readonly string[] {
  const { proposal, end } = run;
  const longest = (phase: 'observed' | 'recovered') =>
    Math.max(
      0,
      ...findOpenQuestions(run)
        .filter((question) => question.phase === phase)
        .map(({ moreMs }) => moreMs)
        .filter((moreMs) => Number.isFinite(moreMs)),
    );
  const print = (ms: number) => printExactDuration(Math.ceil(ms / 1_000) * 1_000);
  const [under, after] = [longest('observed'), longest('recovered')];
  const unread = findOpenQuestions(run).filter(({ problem }) => problem !== undefined);
  const steps = [
    ...new Set(
      unread.map(
        ({ tolerance }) =>
          `See to it that ${tolerance.signal} can be read: health says whether it is.`,
      ),
    ),
    ...(under > 0 && end?.ending === 'completed'
      ? [`Repeat with duration=${print(proposal.fault.durationMs + under)} or more.`]
      : []),
    ...(after > 0
      ? [`Measure longer after the fault: \`baseline: ${print(proposal.baselineMs + after)}\`.`]
      : []),
  ];
  return steps.length > 0
    ? steps
    : ['Repeat with a longer duration: more predictions narrow the interval.'];
}
