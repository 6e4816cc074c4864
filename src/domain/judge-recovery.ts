import { printDuration } from './duration.ts';
import type { Recovery } from './run-event.ts';
import type { Run } from './run.ts';

/** Why a service counts as not recovered. */
export type Unrecovered = {
  readonly why: string;
  /** Whether that was seen; otherwise it may have recovered unseen. */
  readonly isSeen: boolean;
};

/** Returns why a service has not recovered within the limit, what was seen first; undefined when it has. */
export function findUnrecovered({ recovered, proposal }: Run): Unrecovered | undefined {
  const missing = listMissing(recovered?.recovery, proposal.blastRadius.ready);
  const first = missing.find(({ isSeen }) => isSeen) ?? missing[0];
  if (!first) return undefined;
  const limit = printDuration(proposal.recoveryLimitMs);
  if (recovered?.recovery.isClockSetBack) {
    const why = `The bot's clock was set back, so it is not known whether the service was back within ${limit}.`;
    return { why, isSeen: false };
  }
  const isUntold = recovered?.recovery.podsLeft !== undefined && !first.isSeen;
  const remark = isUntold ? ' Whether the workload wants more is not known.' : '';
  return { ...first, why: `The fault was gone, but ${first.why} within ${limit}.${remark}` };
}

function listMissing(recovery: Recovery | undefined, wanted: number): readonly Unrecovered[] {
  if (!recovery) return [{ why: 'nothing was measured after it', isSeen: false }];
  const { podsUnseen, podsLeft, predictionsUnmeasured } = recovery;
  const seen = (why: string): Unrecovered => ({ why, isSeen: true });
  const unseen = (why: string): Unrecovered => ({ why, isSeen: false });
  const fewer = `no more than ${podsLeft} of ${wanted} pods were there, all of them ready`;
  const areLeft = podsUnseen !== undefined || podsLeft !== undefined;
  return [
    ...(recovery.podsReadyAfterMs === null && !areLeft ? [seen('pods were not ready again')] : []),
    ...(recovery.podsReadyAfterMs === null && areLeft
      ? [unseen(podsUnseen ? 'pods were not seen again' : fewer)]
      : []),
    ...(recovery.faultGoneAfterMs === null
      ? [podsUnseen ? unseen('pods were not seen to be rid of it') : seen('pods still carried it')]
      : []),
    ...(recovery.predictionsGoodAfterMs === null
      ? [
          predictionsUnmeasured
            ? unseen('too few predictions were measured to see whether they were good again')
            : seen('predictions were not good again'),
        ]
      : []),
    ...(recovery.metricsGoodAfterMs === null
      ? [seen('metrics were not back in their bounds')]
      : []),
  ];
}
