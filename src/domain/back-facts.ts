import { printAfter, type SeenAgain } from './describe-recovery.ts';
import type { RecoveryCurve } from './recovery-curve.ts';
import type { PodsFailedAgain, Recovery } from './run-event.ts';

/** Something that a run waits for after its fault. `seen`: when it was back. `unknown`: why that is not known. Both are absent where it was not back within the limit. */
export type BackFact = {
  readonly what: 'pods' | 'predictions' | 'metrics';
  readonly title: string;
  readonly seen?: SeenAgain;
  /** It had been back before that, and failed once more. */
  readonly failedAgain?: true;
  readonly unknown?: string;
};

/** Lists what a run waited for after its fault. `curve` has when pods were ready by what the cluster says; the bot may have seen it later. */
export function listBackFacts(
  recovery: Recovery,
  curve: Pick<RecoveryCurve, 'podsReadyMs' | 'podsReadyNotBeforeMs'> | undefined,
): readonly BackFact[] {
  const { podsReadyAfterMs, podsReadyNotBeforeMs, metricsGoodAfterMs } = recovery;
  const isDated = podsReadyAfterMs !== null && typeof curve?.podsReadyMs === 'number';
  return [
    {
      what: 'pods',
      title: 'Pods ready again',
      ...(isDated
        ? toSeen(curve.podsReadyMs, curve.podsReadyNotBeforeMs)
        : toSeen(podsReadyAfterMs, podsReadyNotBeforeMs)),
      ...(recovery.podsWereReadyAfterMs === undefined ? {} : { failedAgain: true }),
      ...toUnknown(podsReadyAfterMs, recovery, explainPods),
    },
    {
      what: 'predictions',
      title: 'Good again after the fault',
      ...toSeen(recovery.predictionsGoodAfterMs, recovery.predictionsGoodNotBeforeMs),
      ...(recovery.predictionsFailedAgain ? { failedAgain: true } : {}),
      ...toUnknown(recovery.predictionsGoodAfterMs, recovery, ({ predictionsUnmeasured }) =>
        predictionsUnmeasured ? 'too few predictions were measured' : undefined,
      ),
    },
    ...(metricsGoodAfterMs === undefined
      ? []
      : [
          {
            what: 'metrics',
            title: 'Metrics back within bounds',
            ...toSeen(metricsGoodAfterMs, recovery.metricsGoodNotBeforeMs),
            ...toUnknown(metricsGoodAfterMs, recovery, ({ metricsUnread }) =>
              metricsUnread ? 'metrics could not be read' : undefined,
            ),
          } as const,
        ]),
  ];
}

/** When something was back, as `print` says it; `not within the limit`, or `not known: pods were not seen`. */
export function printBackFact(
  { what, seen, unknown, failedAgain }: BackFact,
  print: (seen: SeenAgain) => string,
): string {
  if (seen)
    return failedAgain
      ? `${print(seen)}, ${what === 'pods' ? readyBeforeWords : failedAgainWords}`
      : print(seen);
  return unknown === undefined ? notInTime : `not known: ${unknown}`;
}

/** What is said of what was back, failed once more, and was back again. */
export const failedAgainWords = 'had been good before and failed again';

const readyBeforeWords = 'had been ready before and failed again';

/** What is said of what was seen not to be back. */
export const notInTime = 'not within the limit';

function toSeen(afterMs: number | null, notBeforeMs: number | undefined): Pick<BackFact, 'seen'> {
  return afterMs === null ? {} : { seen: { afterMs, notBeforeMs } };
}

function toUnknown(
  afterMs: number | null,
  recovery: Recovery,
  explain: (recovery: Recovery) => string | undefined,
): Pick<BackFact, 'unknown'> {
  if (afterMs !== null) return {};
  const unknown = recovery.isClockSetBack ? "the bot's clock was set back" : explain(recovery);
  return unknown === undefined ? {} : { unknown };
}

function printFailedAgain({ readyAfterMs, notBeforeMs, byMs }: PodsFailedAgain): string {
  const ready = printAfter({ afterMs: readyAfterMs });
  return `ready ${ready}, then not ready once more, unseen, ${printAfter({ afterMs: byMs, notBeforeMs })}`;
}

/** That pods carry the fault is not the service's failure to come back. */
function explainPods(recovery: Recovery): string | undefined {
  const { podsUnseen, podsLeft, podsFailedAgain, faultGoneAfterMs } = recovery;
  if (podsUnseen) return 'pods were not seen';
  if (podsFailedAgain) return printFailedAgain(podsFailedAgain);
  if (podsLeft !== undefined) {
    const left = podsLeft === 1 ? '1 pod is left, ready' : `${podsLeft} pods are left, all ready`;
    return `${left}; how many the workload wants could not be read`;
  }
  return faultGoneAfterMs === null ? 'the fault was still on the pods' : undefined;
}
