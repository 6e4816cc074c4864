import { printDuration } from '../domain/duration.ts';
import type { FaultWindows } from '../domain/fault-windows.ts';
import { printAfter } from '../domain/describe-recovery.ts';
import { printClock } from '../domain/print-time.ts';
import { printLastLost, type RecoveryCurve } from '../domain/recovery-curve.ts';

/** `asked 09:00:05 for 60s; by Azure 09:00:36 to 09:01:37 (61s); seen on 1 pod 09:00:38 to 09:01:45 (67s), UTC` */
export function printWindows({ asked, azure, seen }: FaultWindows): string {
  const parts = [
    `asked ${printClock(asked.at)} for ${printDuration(asked.durationMs)}`,
    ...(azure ? [`by Azure ${printSpan(azure.from, azure.until)}`] : []),
    seen ? `seen on ${printPods(seen.pods)} ${printSpan(seen.from, seen.until)}` : 'never seen',
  ];
  return `${parts.join('; ')}, UTC`;
}

function printSpan(from: number, until: number | null): string {
  return until === null
    ? `from ${printClock(from)}, no end seen`
    : `${printClock(from)} to ${printClock(until)} (${printDuration(until - from)})`;
}

const printPods = (count: number) => (count === 1 ? '1 pod' : `${count} pods`);

/** `pods Ready by Kubernetes after 4s; first right prediction at once, last lost one after 6s, back at the p99 of the baseline after 8s` */
export function printCurve(curve: RecoveryCurve): string {
  const { podsReadyMs, podsReadyNotBeforeMs, firstRightMs, firstRightNotBeforeMs } = curve;
  const { p99BackMs, p99BackNotBeforeMs } = curve;
  const predictions = [
    `first right prediction ${printBack(firstRightMs, firstRightNotBeforeMs)}`,
    printLastLost(curve, (ms) => `last lost one ${printBack(ms)}`),
    ...(p99BackMs === undefined
      ? []
      : [`back at the p99 of the baseline ${printBack(p99BackMs, p99BackNotBeforeMs)}`]),
  ];
  return `pods Ready by Kubernetes ${printBack(podsReadyMs, podsReadyNotBeforeMs)}; ${predictions.join(', ')}`;
}

function printBack(ms: number | null, notBeforeMs?: number): string {
  if (ms === null) return 'not seen';
  return ms === 0 ? 'at once' : printAfter({ afterMs: ms, notBeforeMs });
}
