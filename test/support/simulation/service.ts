import type { PodChange, PodsView } from '../../../src/domain/measurement.ts';
import type { MeasuredPrediction } from '../../../src/domain/prediction-result.ts';
import type { BlastRadiusPod } from '../../../src/domain/proposal.ts';
import type { SimulatedAzure } from './azure.ts';
import type { VirtualTime } from './virtual-time.ts';

export type Span = { readonly from: number; readonly until: number };

/** The service and its pods, as the faults that Azure injects and outages of its own make them. */
export class SimulatedService {
  readonly latencyMs = 10;
  /** Share of predictions that fail under a fault. */
  lossUnderFault = 0;
  /** When it answers nothing, whatever Azure does. */
  readonly outages: Span[] = [];
  /** When its pods can't be seen by anybody. */
  readonly unseen: Span[] = [];
  readonly #time: VirtualTime;
  readonly #azure: SimulatedAzure;
  readonly #pods: readonly BlastRadiusPod[];

  constructor(time: VirtualTime, azure: SimulatedAzure, pods: readonly BlastRadiusPod[]) {
    this.#time = time;
    this.#azure = azure;
    this.#pods = pods;
  }

  /** Whether the prediction that is due then fails: a matter of counting, not of chance. */
  isLost(dueAt: number): boolean {
    if (isWithin(dueAt, this.outages)) return true;
    const loss = this.#azure.active(dueAt).length > 0 ? this.lossUnderFault : 0;
    const count = Math.round(dueAt / 100);
    return Math.floor((count + 1) * loss) > Math.floor(count * loss);
  }

  predict(dueAt: number): MeasuredPrediction {
    const { latencyMs } = this;
    const times = { dueAt, sentAt: dueAt, endedAt: dueAt + latencyMs, latencyMs };
    const outcome = this.isLost(dueAt) ? 'refused' : 'good';
    return { kind: 'measured', ...times, outcome, kept: false };
  }

  listMatching(_service: unknown): readonly BlastRadiusPod[] {
    return this.#pods;
  }

  view(): PodsView {
    const { now } = this.#time;
    const blind = this.unseen.find(({ from, until }) => now >= from && now < until);
    const isHit = this.#azure.active().length > 0;
    return {
      pods: this.#pods.map(({ name, uid, node }, index) => ({
        namespace: 'default',
        name,
        uid,
        node,
        ready: !(index === 0 && isHit),
        restarts: 0,
        terminating: false,
      })),
      confirmedAt: blind ? blind.from : now,
      ...(blind ? { problem: { code: 'unknown' } } : {}),
    };
  }

  /** What a watch would have seen by now. */
  changes(): readonly PodChange[] {
    const [pod] = this.#pods;
    const { now } = this.#time;
    return this.#azure.executions.flatMap(({ startedAt }): PodChange[] => {
      const at = startedAt + 3_000;
      const isSeen = now >= at && this.#azure.active(at).length > 0 && !isWithin(at, this.unseen);
      if (!pod || !isSeen) return [];
      const which = { at, pod: pod.name, uid: pod.uid };
      const images = { scoring: 'pause:3.9' };
      return [
        {
          ...which,
          kind: 'image',
          detail: 'image changed (scoring to pause:3.9)',
          images,
          restored: false,
        },
        { ...which, kind: 'not-ready', detail: 'ContainersNotReady' },
      ];
    });
  }
}

function isWithin(at: number, spans: readonly Span[]): boolean {
  return spans.some(({ from, until }) => at >= from && at < until);
}
