import type { PodChange } from './measurement.ts';
import { isPauseImage } from './pause-image.ts';

/** The images that containers are to run, by name. */
export type Images = Readonly<Record<string, string>>;

/** Returns which containers of a pod are to run another image now, as a change; none where they are the same. `first`: those that the pod had at first. */
export function compareImages(
  before: Images = {},
  after: Images = {},
  first: Images = {},
): readonly Pick<PodChange, 'kind' | 'detail' | 'images' | 'restored'>[] {
  const was = new Map(Object.entries(before));
  const changed = Object.entries(after).filter(
    ([name, image]) => was.has(name) && was.get(name) !== image,
  );
  if (changed.length === 0) return [];
  const original = new Map(Object.entries(first));
  const isPaused = changed.every(([name]) => isPauseImage(was.get(name) ?? ''));
  const restored = isPaused || changed.every(([name, image]) => original.get(name) === image);
  const what = changed.map(([name, image]) => `${name} to ${image}`).join(', ');
  const detail = restored ? 'image restored' : `image changed (${what})`;
  return [{ kind: 'image', detail, images: Object.fromEntries(changed), restored }];
}
