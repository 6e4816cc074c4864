import { addFailures } from '../../domain/join-seconds.ts';
import type { Counts, PodAnswers } from '../../domain/measurement.ts';
import type { Outcome } from '../../domain/prediction-result.ts';

/** So many pods are named; what more answer is counted together, since a header can say anything. */
export const mostPods = 100;

/** Counts for each pod that named itself what came of its predictions. */
export class PodTally {
  readonly #pods = new Map<string, Omit<PodAnswers, 'pod'>>();
  #others: Counts = { sent: 0, good: 0 };

  record(pod: string, outcome: Outcome): void {
    const isGood = outcome === 'good';
    const failures = isGood ? {} : { [outcome]: 1 };
    this.#add(pod, { sent: 1, good: isGood ? 1 : 0, failures });
  }

  merge(pods: readonly PodAnswers[], others: Counts | undefined): void {
    for (const { pod, ...answers } of pods) this.#add(pod, answers);
    if (others) this.#others = addCounts(this.#others, others);
  }

  #add(pod: string, answers: Omit<PodAnswers, 'pod'>): void {
    const before = this.#pods.get(pod);
    if (!before && this.#pods.size >= mostPods) {
      this.#others = addCounts(this.#others, answers);
      return;
    }
    const failures = addFailures(before?.failures ?? {}, answers.failures);
    this.#pods.set(pod, { ...addCounts(before ?? { sent: 0, good: 0 }, answers), failures });
  }

  measurement(): { pods?: readonly PodAnswers[]; otherPods?: Counts } {
    if (this.#pods.size === 0) return {};
    const pods = Array.from(this.#pods, ([pod, answers]) => ({ pod, ...answers }));
    return {
      pods: pods.toSorted((left, right) => right.sent - left.sent),
      ...(this.#others.sent > 0 ? { otherPods: this.#others } : {}),
    };
  }
}

export function addCounts(left: Counts, right: Counts): Counts {
  return { sent: left.sent + right.sent, good: left.good + right.good };
}
