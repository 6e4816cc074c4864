import type { LossesByWay } from './attribute-outage.ts';
import type { AttributedLosses } from './attribution.ts';
import type { AttributionWay, Cause } from './match-disturbance.ts';
import { printLostSpan } from './describe-lost.ts';
import type { LostSpan } from './spending.ts';
import { listConsequences } from './describe-disturbance.ts';

const wayOfPod: Readonly<Record<AttributionWay, string>> = {
  answer: 'which gave failed answers',
  rotation: 'in rotation then',
  coincidence: 'at the same time, which may be a coincidence',
};

const wayOfNode: Readonly<Record<AttributionWay, string>> = {
  answer: 'whose pods gave failed answers',
  rotation: 'with pods in rotation then',
  coincidence: wayOfPod.coincidence,
};

/** `diabetes-a, in rotation then: restarted (exit code 137, Error), ready again after 12s` */
export function describeCause(cause: Cause): string {
  return `${describeWay(cause)}: ${[...new Set(cause.details), ...listConsequences(cause)].join(', ')}`;
}

/** `diabetes-a, in rotation then`, `node aks-0, at the same time, which may be a coincidence` */
export function describeWay(cause: Pick<Cause, 'kind' | 'name' | 'way' | 'noPodReady'>): string {
  const { kind, name, way, noPodReady } = cause;
  const isNode = kind === 'node';
  // That it was in rotation is of what was lost before no pod was ready, or after it.
  if (noPodReady && way === 'rotation')
    return isNode
      ? `node ${name}, with pods in rotation for part of it`
      : `${name}, in rotation for part of it`;
  const words = noPodReady && way === 'coincidence' ? 'not ready then' : undefined;
  return isNode ? `node ${name}, ${words ?? wayOfNode[way]}` : `${name}, ${words ?? wayOfPod[way]}`;
}

/** `no pod was ready`, `31 may be a coincidence, 5 unexplained`; undefined where an outage is attributed as a whole. */
export function describeRest(lost: number, lostBy: LossesByWay): string | undefined {
  const { coincidence, unexplained, noPodReady = 0 } = lostBy;
  if (unexplained === lost) return 'unexplained';
  if (noPodReady === lost) return 'no pod was ready';
  // The causes of an outage that is a coincidence as a whole carry that word already.
  const isMixed = coincidence > 0 && coincidence + unexplained < lost;
  const rest = [
    ...(noPodReady > 0 ? [`${noPodReady} while no pod was ready`] : []),
    ...(isMixed ? [`${coincidence} may be a coincidence`] : []),
    ...(unexplained > 0 ? [`${unexplained} unexplained`] : []),
  ];
  return rest.length === 0 ? undefined : rest.join(', ');
}

/** `Of 57 predictions that failed from the start request to recovery: 40 while disturbed pods were in rotation; 17 unexplained`; undefined where none failed. */
export function describeAttribution(
  losses: AttributedLosses,
  span: LostSpan = { from: 'start-request', until: 'end' },
): string | undefined {
  const { answer, rotation, noPodReady = 0, coincidence, unexplained, background } = losses;
  const all = answer + rotation + noPodReady + coincidence + unexplained + background;
  if (all === 0) return undefined;
  const parts = [
    [answer, 'answered by disturbed pods'],
    [rotation, 'while disturbed pods were in rotation'],
    [noPodReady, 'while no pod was ready'],
    [coincidence, 'at the same time as disturbances, which may be a coincidence'],
    [unexplained, 'unexplained'],
    [background, 'outside of outages'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`);
  const failed = all === 1 ? '1 prediction' : `${all} predictions`;
  return `Of ${failed} that failed ${printLostSpan(span)}: ${told.join('; ')}`;
}
