import type { CancelRefusal } from '../domain/cancel-outcome.ts';
import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { BoundedMap } from './bounded-map.ts';

/** More runs than Azure ever refuses to end at once. */
const mostRuns = 1_000;

type Told = { readonly causes: Set<string>; acceptances: number };
/** Undefined where there is nothing to tell; `anew` where a post of the same kind stands already and says something else. */
type News = { readonly anew: boolean } | undefined;

/** What people were told of Azure's answers to the stop of each run: every cause of a refusal once, until Azure accepts. */
export class ToldRefusals {
  readonly #told = new BoundedMap<RunId, Told>(mostRuns);

  refused({ id, refusedCancel }: Run, { problem, status, code }: CancelRefusal): News {
    const known = this.#told.get(id);
    const told = known ?? { causes: new Set(), acceptances: 0 };
    const cause = `${problem} ${status} ${code}`;
    if (told.causes.has(cause)) return undefined;
    told.causes.add(cause);
    this.#told.set(id, told);
    return { anew: known !== undefined || refusedCancel !== undefined };
  }

  accepted({ id, refusedCancel }: Run): News {
    const told = this.#told.get(id) ?? { causes: new Set(), acceptances: 0 };
    const isKnown = told.acceptances > 0 && told.causes.size === 0;
    if (isKnown || (told.causes.size === 0 && refusedCancel === undefined)) return undefined;
    told.causes.clear();
    told.acceptances += 1;
    this.#told.set(id, told);
    return { anew: told.acceptances > 1 };
  }
}
