import { ListWatch, type KubernetesObject } from '@kubernetes/client-node';
import { seenForShare } from '../runs/ports/cluster-sight.ts';
import { toSeenForMs } from '../domain/seen-for.ts';
import type { SightProblem } from '../domain/sight-problem.ts';
import type { Log } from '../runs/ports/log.ts';
import type { ClusterClient } from './cluster-client.ts';
import { isRefused } from './cluster-error.ts';
import { createLookLog } from './look-log.ts';
import type { Tracked } from './object-history.ts';
import { listAll, type Source } from './source.ts';
import { toSlip, TrimmingWatch, type Slip } from './trimming-watch.ts';

/** What is told of the objects: twice, by a watch and by lists that may lag behind it. */
export type ObjectSink<Item> = {
  observe(item: Item, at: number): void;
  remove(item: Item, at: number): void;
  /** `seenAt`: what differs changed since then, while nothing was seen; absent where the objects were seen all the time. */
  replace(items: readonly Item[], resourceVersion: number, at: number, seenAt?: number): void;
};

export type FollowOptions<Raw, Item> = {
  /** For the log: `pods of diabetes`. */
  readonly what: string;
  readonly client: () => Promise<ClusterClient>;
  readonly source: (client: ClusterClient) => Source<Raw>;
  readonly trim: (object: Raw) => Item;
  readonly into: ObjectSink<Item>;
  /**
   * What the view may not grow older than, ms, while the cluster answers. Without it nothing is aborted for want of these objects, and the permission may
   * be missing: then nothing is told, and it is asked for again only now and then.
   */
  readonly freshWithinMs?: number;
  readonly clock: { now(): number };
  readonly log: Log;
};

export type Following = {
  /** When a complete list last confirmed what was told, ms since the epoch; 0 before the first. */
  confirmedAt(): number;
  /** Why the last attempt to list them failed, or the one that has not been answered for a while; undefined when it succeeded. */
  problem(): SightProblem | undefined;
  /** Whether an attempt to list them has failed since the last that succeeded. */
  hasFailed(): boolean;
  close(): Promise<void>;
};

/** A watch that says nothing proves nothing: each so often the objects are listed as well, which also dates the view. */
const confirmIntervalMs = 2_000;
/** The same of what nothing is aborted for. */
const optionalIntervalMs = 8_000;
/** For how long that is taken as seen after each list. */
const optionalForMs = 20_000;
/** Where a list takes long, as of thousands of pods, listing takes no more than this share of the time, while two lists still fall into the age that is allowed. */
const listingShare = 0.05;
const listsWhileFresh = 3;
const firstRestartMs = 500;
const longestRestartMs = 15_000;
/** A permission may be given while a run goes on. */
const refusedIntervalMs = 60_000;

/**
 * Follows the objects of one kind until closed. The client's list-watch brings changes at once; a list beside it confirms them and corrects what a
 * broken connection lost. Objects are trimmed as they arrive: nowhere is a whole one kept.
 */
export function followObjects<Raw extends KubernetesObject, Item extends Tracked>(
  options: FollowOptions<Raw, Item>,
): Following {
  const { what, source, trim, into, freshWithinMs, clock, log } = options;
  const optional = freshWithinMs === undefined;
  const closing = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  let confirmedAt = 0;
  let failures = 0;
  const looks = createLookLog(clock);

  let informer: ListWatch<Slip<Item>> | undefined;
  let informed: ClusterClient | undefined;
  const start = async () => {
    const client = await options.client();
    if (closing.signal.aborted) return;
    // The way into the cluster may be another by now.
    if (informed !== client) {
      await informer?.stop();
      informer = follow(client);
      informed = client;
    }
    await informer?.start();
  };
  const follow = (api: ClusterClient) => {
    const { path, labelSelector } = source(api);
    const list = async () => {
      const { items, resourceVersion } = await confirm();
      // The list-watch would open its watch after it was told to stop.
      closing.signal.throwIfAborted();
      return { items: [...items], metadata: { resourceVersion } };
    };
    const watch = new TrimmingWatch(api.watch, (object) => toSlip(object as Raw, trim));
    const objects = new ListWatch<Slip<Item>>(path, watch, list, false, labelSelector);
    const observe = ({ item }: Slip<Item>) => {
      if (closing.signal.aborted) return;
      failures = 0;
      into.observe(item, clock.now());
    };
    objects.on('add', observe);
    objects.on('update', observe);
    objects.on('delete', ({ item }) => {
      if (!closing.signal.aborted) into.remove(item, clock.now());
    });
    objects.on('error', (error: unknown) => restartLater(error));
    return objects;
  };
  function restartLater(error: unknown): void {
    if (closing.signal.aborted) return;
    failures += 1;
    const refused = optional && isRefused(error);
    const message = refused
      ? 'Not to be read; going on without.'
      : 'A watch broke off; trying again.';
    if (failures === 1) log.warn({ what, error }, message);
    const backoffMs = Math.min(longestRestartMs, firstRestartMs * 2 ** (failures - 1));
    const waitMs = refused ? refusedIntervalMs : backoffMs;
    later(waitMs * (0.5 + Math.random()), () => void start().catch(restartLater));
  }

  const confirm = async () => {
    const hadFailed = looks.hasFailed();
    const listed = await looks.note(async () => {
      const pages = source(await options.client());
      return listAll(pages, (object) => toSlip(object, trim));
    });
    if (!closing.signal.aborted) {
      const [seenAt, now] = [confirmedAt, clock.now()];
      const longestMs = optional ? optionalForMs : seenForShare * freshWithinMs;
      const isUnseen = seenAt > 0 && now - seenAt > toSeenForMs(longestMs, hadFailed);
      confirmedAt = now;
      const items = listed.items.map(({ item }) => item);
      into.replace(items, Number(listed.resourceVersion), now, isUnseen ? seenAt : undefined);
    }
    return listed;
  };
  const confirmAgain = async (): Promise<void> => {
    const startedAt = clock.now();
    const refused = await confirm().then(
      () => false,
      (error: unknown) => optional && isRefused(error),
    );
    const intervalMs = toInterval(clock.now() - startedAt, freshWithinMs);
    later(refused ? refusedIntervalMs : intervalMs, () => void confirmAgain());
  };
  function later(waitMs: number, act: () => void): void {
    if (closing.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, waitMs).unref();
    timers.add(timer);
  }
  // The list that a watch begins with is the first look. The next does not wait for the watch, which may be long in coming.
  void start().catch(restartLater);
  later(toInterval(0, freshWithinMs), () => void confirmAgain());

  return {
    confirmedAt: () => confirmedAt,
    problem: () => looks.problem(),
    hasFailed: () => looks.hasFailed(),
    async close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
      await informer?.stop();
    },
  };
}

function toInterval(tookMs: number, freshWithinMs: number | undefined): number {
  if (freshWithinMs === undefined) return optionalIntervalMs;
  const rested = Math.max(confirmIntervalMs, tookMs / listingShare);
  return Math.min(rested, freshWithinMs / listsWhileFresh);
}
