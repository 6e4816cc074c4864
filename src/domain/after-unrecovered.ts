import type { PhaseMeasurement } from './measurement.ts';
import type { Recovery } from './run-event.ts';
import type { Run } from './run.ts';

/** What to do where predictions were not measured. */
const unmeasuredAdvice =
  'Find out why predictions were not measured: the report lists each gap with its cause.';

/** What keeps the bot from measuring though its connection and its token are well. */
const ownReasons: readonly string[] = ['restart', 'paused', 'sent-late'];

/** Returns what to do where too few predictions were measured: nobody has to find out why where it was the bot. `repeat` is the command that repeats the run. */
export function adviseUnmeasured(
  phases: readonly (PhaseMeasurement | undefined)[],
  repeat: string,
): string {
  const reasons = phases.flatMap((phase) => Object.keys(phase?.predictions.unmeasured ?? {}));
  if (reasons.length === 0 || reasons.some((reason) => !ownReasons.includes(reason)))
    return unmeasuredAdvice;
  if (reasons.every((reason) => reason === 'restart'))
    return `Run it again without a restart of the bot: ${repeat}`;
  return `Run it again when the bot's machine has less to do or more CPU${reasons.includes('restart') ? ', and without a restart of the bot' : ', so that the bot is not paused'}: ${repeat}`;
}

/** Returns what to do where nobody knows whether the service recovered: what kept that from being known differs. `repeat` is the command that repeats the run. */
export function adviseAfterUnrecovered(run: Run, repeat: string): readonly string[] {
  const { recovery } = run.recovered ?? {};
  const sight = adviseSight('the recovery', repeat);
  // None of its times can be relied on then.
  if (recovery?.isClockSetBack)
    return [adviseClock(repeat), ...(recovery.podsUnseen ? [sight] : [])];
  const isPodsUntold = recovery?.podsReadyAfterMs === null && recovery.podsLeft !== undefined;
  const isUnmeasured = recovery?.predictionsGoodAfterMs === null && recovery.predictionsUnmeasured;
  const isUnread = recovery?.metricsGoodAfterMs === null && recovery.metricsUnread;
  const known = [
    ...(recovery && wasLeftBehind(recovery, run.proposal.recoveryLimitMs)
      ? [`Find out why the fault was not removed in time, then repeat it: ${repeat}`]
      : []),
    ...(isPodsUntold
      ? [
          `Find out why there were fewer pods than before the fault. Let the bot list ReplicaSets and StatefulSets, so that it knows how many are wanted (health says whether it may), then repeat it: ${repeat}`,
        ]
      : []),
    ...(isUnmeasured ? [adviseUnmeasured([run.recovered?.measurement], repeat)] : []),
    ...(isUnread
      ? ['Make sure that the metrics of the hypothesis can be read: health says whether they are.']
      : []),
  ];
  return known.length === 0 || recovery?.podsUnseen ? [sight] : known;
}

/** Whether pods were seen to carry the fault for longer than the service has to recover. */
function wasLeftBehind(recovery: Recovery, limitMs: number): boolean {
  const { faultGoneAfterMs, faultGoneNotBeforeMs, podsUnseen } = recovery;
  if (faultGoneAfterMs === undefined) return false;
  if (faultGoneAfterMs === null) return !podsUnseen;
  return (faultGoneNotBeforeMs ?? faultGoneAfterMs) > limitMs;
}

/** Returns what to do where the clock of the bot's machine was set back. */
export function adviseClock(repeat: string): string {
  return `Keep the clock of the bot's machine synchronized, for example with NTP, so that it is not set back. Then repeat it: ${repeat}`;
}

/** Returns what to do where something was not seen because pods were not. */
export function adviseSight(what: string, repeat: string): string {
  return `Repeat it with a bot that runs and can read the pods throughout, so that ${what} is seen: ${repeat}`;
}
