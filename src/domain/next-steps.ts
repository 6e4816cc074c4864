import { adviseAfterDeviation } from './after-deviation.ts';
import { adviseAfterHeld } from './after-held.ts';
import {
  adviseAfterUnrecovered,
  adviseClock,
  adviseSight,
  adviseUnmeasured,
} from './after-unrecovered.ts';
import { findCanceller, listMismatchTasks } from './advise-mismatch.ts';
import { findForeignPods } from './answering-pods.ts';
import { countUnseenMs } from './count-unseen.ts';
import { adviseRemoval } from './describe-injection.ts';
import {
  findEndedBy,
  findFailure,
  findFutileTrip,
  findUnended,
  hitLate,
  type Unended,
} from './ended-early.ts';
import type { DatedTrip } from './guard.ts';
import { adviseLostSight } from './lost-sight.ts';
import { findUnrecovered } from './judge-recovery.ts';
import { listCarrying, printRemoval } from './left-fault.ts';
import { findOpenIn, findOpenQuestions, type MeasuredPhase } from './open-questions.ts';
import { printRepeat } from './repeat-command.ts';
import type { Run } from './run.ts';

/** What the team should do after a run, in the order of their worth; at least one step. */
export function toNextSteps(run: Run): readonly string[] {
  const steps = listSteps(run);
  const unended = findUnended(run);
  return unended ? [whyUnended[unended], ...steps] : steps;
}

const whyUnended: Readonly<Record<Unended, string>> = {
  refused:
    'Find out why Azure did not end the fault, before you inject another one: the report has its answer.',
  unaccepted:
    'Find out why Azure accepted no request to end the fault in time, before you inject another one: the log of the bot may say it.',
};

function listSteps(run: Run): readonly string[] {
  const { end, proposal, execution, leftFault } = run;
  const failure = findFailure(run);
  const carrying = listCarrying(run);
  if (carrying.length > 0) return [adviseRemoval({ proposal, carrying }), ...listSuggestions(run)];
  if (leftFault)
    return [
      `The fault that was left behind is gone: ${printRemoval(leftFault)}. Find out why it was not removed before you run this experiment again.`,
      ...listSuggestions(run),
    ];
  if (execution?.problem) return listSuggestions(run);
  if (failure) return [failure.suggestion];
  if (proposal.rehearsal && end?.ending === 'completed')
    return [`Inject it when you are ready: ${printRepeat(proposal, { rehearsal: false })}`];
  switch (end?.ending) {
    case 'not-steady':
      return [
        'Find out why the service is not steady without a fault, then propose the experiment again.',
      ];
    case 'baseline-undecided':
      return toDecisiveBaseline(run);
    case 'outgrown':
      return [
        'Look at the new proposal: it says what has changed, and needs approvals of its own.',
      ];
    case 'rejected':
    case 'expired':
      return [`Propose it again when it suits: ${printRepeat(proposal)}`];
    default:
      break;
  }
  if (end?.ending === 'stopped' && end.verdict !== 'deviated') return afterStop(run);
  if (proposal.rehearsal && run.trip)
    return [
      `Find out why a guard tripped without any fault, then rehearse it again: ${printRepeat(proposal)}`,
    ];
  if (end?.verdict === 'void') return afterVoid(run);
  const mismatched = listMismatchTasks(run).map((task) => `${task}.`);
  if (end?.verdict === 'deviated') return [...mismatched, ...adviseAfterDeviation(run)];
  if (mismatched.length > 0) return [...mismatched, 'Then repeat the experiment.'];
  if (findForeignPods(run))
    return ['Check the scoring address and podHeader in chaos.yaml, then repeat the experiment.'];
  if (end?.verdict === 'inconclusive')
    return run.trip && end.ending === 'aborted' ? afterGuard(run, run.trip) : toDecisive(run);
  if (end?.verdict === 'held') return adviseAfterHeld(run);
  return ['Repeat the experiment.'];
}

const cancelledAdvice = `${findCanceller}, then propose the experiment again.`;

function afterStop(run: Run): readonly string[] {
  if (hitLate(run))
    return ['Find out why the fault was injected after its end was reported, then repeat it.'];
  if (findEndedBy(run) === 'elsewhere' && !findUnended(run)) return [cancelledAdvice];
  const isGuards = findEndedBy(run) !== 'person' && findFutileTrip(run) !== undefined;
  return [
    ...listMismatchTasks(run).map((task) => `${task}.`),
    isGuards
      ? 'Find out what the guard saw, then repeat the experiment.'
      : 'Resolve the reason for the stop, then propose the experiment again.',
  ];
}

/** Only where pods were seen all the time did nothing happen to them. */
function afterVoid(run: Run): readonly string[] {
  const endedBy = findEndedBy(run);
  if (endedBy === 'guard' && run.trip) return afterGuard(run, run.trip);
  if (endedBy === 'elsewhere') return [cancelledAdvice];
  return countUnseenMs(run) > 0
    ? [adviseSight('the fault', printRepeat(run.proposal))]
    : [
        'Check that Chaos Mesh runs on the cluster and that the selector matches the pods, then repeat.',
      ];
}

/** A longer fault would not help: the guard would end it as well. */
function afterGuard(run: Run, { guard, at }: DatedTrip): readonly string[] {
  if (guard.kind === 'lost-sight')
    return [adviseLostSight(run, { from: at - guard.afterMs, until: at })];
  const isUndeclared = guard.kind === 'availability-drop' && guard.burstMs === undefined;
  return [
    'Find out what failed before the guard ended the fault, then repeat the experiment.',
    ...(isUndeclared
      ? [
          'If bursts of failures like these are normal for the service, declare their length in chaos.yaml: `burst` of `availabilityDrop`.',
        ]
      : []),
  ];
}

/** How long a repetition has to be, and what has to be measured. A fault that was cut short says nothing of it. */
function toDecisive(run: Run): readonly string[] {
  const { proposal, end } = run;
  const open = findOpenQuestions(run);
  const longest = (phase: MeasuredPhase) =>
    Math.max(0, ...open.filter((one) => one.phase === phase).map(({ lengthMs = 0 }) => lengthMs));
  const [under, after] = [longest('observed'), longest('recovered')];
  const unread = open.filter(
    ({ problem, undecided, lengthMs }) =>
      problem !== undefined || (undecided === 'too-few-values' && lengthMs === undefined),
  );
  const isUnmeasured = open.some(({ undecided }) => undecided === 'too-few-measured');
  const repeat = printRepeat(proposal);
  const steps = [
    ...new Set(
      unread.map(
        ({ tolerance }) =>
          `Make sure that ${tolerance.signal} can be read: health says whether it is.`,
      ),
    ),
    ...(isUnmeasured
      ? [adviseUnmeasured([run.observed?.measurement, run.recovered?.measurement], repeat)]
      : []),
    ...open
      .filter(({ undecided }) => undecided === 'misdated')
      .map(({ phase }) => adviseMisdated(run, phase)),
    ...(findUnrecovered(run) ? adviseAfterUnrecovered(run, repeat) : []),
    ...(under > 0 && end?.ending === 'completed'
      ? [`Repeat with a longer fault: ${printRepeat(proposal, { durationMs: under })}`]
      : []),
    ...(after > 0
      ? [
          `Measure longer before and after the fault: ${printRepeat(proposal, { baselineMs: after })}`,
        ]
      : []),
  ];
  return steps.length > 0
    ? [...new Set(steps)]
    : ['Repeat with a longer duration: more predictions narrow the interval.'];
}

/** What keeps it from being known which predictions were due in a phase: the clock, or what nobody saw. */
function adviseMisdated(run: Run, phase: MeasuredPhase): string {
  const repeat = printRepeat(run.proposal);
  return run[phase]?.measurement.isClockSetBack
    ? adviseClock(repeat)
    : `Repeat it while Azure answers and pods can be read, and without a restart of the bot: ${repeat}`;
}

/** A baseline that decided nothing needs to be longer, or its cause to be removed. */
function toDecisiveBaseline(run: Run): readonly string[] {
  const open = findOpenIn(run, 'baseline');
  const lengthMs = Math.max(0, ...open.map((one) => one.lengthMs ?? 0));
  const repeat = printRepeat(run.proposal);
  // Where the baseline held, predictions were not measured any more after it.
  if (open.length === 0)
    return [`Repeat it while predictions are measured without a break: ${repeat}`];
  if (open.some(({ undecided }) => undecided === 'misdated'))
    return [adviseMisdated(run, 'baseline')];
  const isUnmeasured = open.some(({ undecided }) => undecided === 'too-few-measured');
  return [
    ...(isUnmeasured ? [adviseUnmeasured([run.baseline?.measurement], repeat)] : []),
    ...open
      .filter(({ undecided, lengthMs: ms }) => ms === undefined && undecided !== 'too-few-measured')
      .map(({ tolerance }) => `Make sure that ${tolerance.signal} can be measured, then repeat.`),
    ...(lengthMs > 0
      ? [`Measure longer: ${printRepeat(run.proposal, { baselineMs: lengthMs })}`]
      : []),
  ];
}

const listSuggestions = ({ execution }: Run) =>
  execution?.problem ? [execution.problem.suggestion] : [];
