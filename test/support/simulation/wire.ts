import type { Chance } from './chance.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

/** What becomes of calls to something: answered, refused at once, never reached, or done with its answer lost. */
export type Fate = 'answered' | 'refused' | 'unreached' | 'unanswered';

export type WireOptions = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  /** The error of a call that was refused, or given up after `patienceMs`. */
  readonly fail: () => Error;
  readonly patienceMs: number;
};

/** The way from processes to one dependency. A request that has left is nobody's: it arrives also when its process is paused or dead by then. */
export class Wire {
  readonly #options: WireOptions;
  /** What happens to calls from now on; asked anew for each. */
  fateOf: (from: Owner) => Fate = () => 'answered';
  /** Called for each call, before it leaves and after it had its effect: where a process may die. */
  onCrashPoint: (from: Owner, when: 'before' | 'after') => void = () => undefined;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Has the effect some milliseconds later, once at most, and answers some milliseconds after that. */
  call<Value>(from: Owner, effect: () => Value): Promise<Value> {
    const { time, chance, fail, patienceMs } = this.#options;
    this.onCrashPoint(from, 'before');
    return new Promise<Value>((resolve, reject) => {
      if (from.dead) return;
      const fate = this.fateOf(from);
      if (fate === 'refused') return void time.after(1, () => reject(fail()), from);
      const giveUp = time.after(patienceMs, () => reject(fail()), from);
      if (fate === 'unreached') return;
      const answer = (settled: () => void) => {
        if (fate === 'unanswered') return;
        time.after(chance.between(1, 20), () => (time.cancel(giveUp), settled()), from);
      };
      time.after(chance.between(1, 30), () => {
        try {
          const value = effect();
          answer(() => resolve(value));
        } catch (error) {
          answer(() => reject(error));
        }
        this.onCrashPoint(from, 'after');
      });
    });
  }
}
