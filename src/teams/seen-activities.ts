const rememberedMs = 15 * 60_000;
const mostRemembered = 10_000;

/** Remembers for a while which activities have come in: Teams delivers again what it thinks was lost, and so does whoever recorded it. */
export class SeenActivities {
  readonly #seenAt = new Map<string, number>();

  /** False when this activity has been in already. */
  isNew({ id, conversationId }: { id?: string; conversationId: string }, now: number): boolean {
    if (id === undefined) return true;
    for (const [key, at] of this.#seenAt) {
      if (now - at < rememberedMs && this.#seenAt.size <= mostRemembered) break;
      this.#seenAt.delete(key);
    }
    const key = `${conversationId} ${id}`;
    if (this.#seenAt.has(key)) return false;
    this.#seenAt.set(key, now);
    return true;
  }
}
