/** How many changes are remembered; a run that sees more than this is past being read. */
const mostChanges = 5_000;

/** The latest changes, oldest first, no more than twice as many as are kept for certain. Those that are not `wanted` go first. */
export class ChangeLog<Change> {
  readonly #isWanted: (change: Change) => boolean;
  #changes: Change[] = [];

  constructor(isWanted: (change: Change) => boolean = () => true) {
    this.#isWanted = isWanted;
  }

  add(change: Change): void {
    this.#changes.push(change);
    // Rarely, since it copies all of them.
    if (this.#changes.length > 2 * mostChanges)
      this.#changes = this.#changes.filter(this.#isWanted).slice(-mostChanges);
  }

  wanted(): readonly Change[] {
    return this.#changes.filter(this.#isWanted);
  }
}
