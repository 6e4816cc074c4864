import type { ObjectId } from './ids.ts';

/** Who froze or unfroze: a person, or a tool that has no object id. */
export type Puller = { readonly name: string; readonly id?: ObjectId };

/** While it lasts nothing is approved and nothing is started. */
export type Freeze = { readonly at: number; readonly by: Puller; readonly reason?: string };
