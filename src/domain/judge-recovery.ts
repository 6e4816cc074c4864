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
  const missing = listMissing(recovered?.recovery);
  const first = missing.find(({ isSeen }) => isSeen) ?? missing[0];
  if (!first) return undefined;
  const limit = printDuration(proposal.recoveryLimitMs);
  return { ...first, why: `The fault was gone, but ${first.why} within ${limit}.` };
}

function listMissing(recovery: Recovery | undefined): readonly Unrecovered[] {
  if (!recovery) return [{ why: 'nothing was measured after it', isSeen: false }];
  const { podsUnseen, predictionsUnmeasured } = recovery;
  const seen = (why: string): Unrecovered => ({ why, isSeen: true });
  const unseen = (why: string): Unrecovered => ({ why, isSeen: false });
  return [
    ...(recovery.podsReadyAfterMs === null
      ? [podsUnseen ? unseen('pods were not seen again') : seen('pods were not ready again')]
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
