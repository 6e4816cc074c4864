/** How long answers are remembered: many proposals at once must not use up what Azure allows to read. */
const existsForMs = 600_000;
const missingForMs = 10_000;

/** Remembers which experiments exist in Azure. */
export function createExistence(clock: { now(): number }) {
  const answers = new Map<string, { readonly at: number; readonly exists: Promise<boolean> }>();
  return {
    async ask(name: string, read: () => Promise<boolean>): Promise<boolean> {
      const known = answers.get(name);
      if (known) {
        const forMs = (await known.exists) ? existsForMs : missingForMs;
        if (clock.now() - known.at < forMs) return known.exists;
      }
      const exists = read();
      answers.set(name, { at: clock.now(), exists });
      exists.catch(() => answers.delete(name));
      return exists;
    },
    learn(name: string): void {
      answers.set(name, { at: clock.now(), exists: Promise.resolve(true) });
    },
  };
}
