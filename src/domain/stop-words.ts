/** Words that stop wherever they stand in a message. Compared without accents, and with repeated letters counted once. */
export const stopWords: ReadonlySet<string> = toWordSet(`
  stop halt halted kill killed quit terminate terminated shutdown killswitch estop cease desist abandon rollback
  emergency mayday panic enough
  stopp stoppen anhalten aufhoren abbrechen abbruch beenden schluss
  arret arrete arretes arretez arreter stopper annule annuler annulez
  alto para pare paren parar parad deten detente detener detengan detenga cancela cancelar aborta abortar basta
`);

/** Beginnings of words that stop as well: `stopping`, `aborted`, `cancelled`. */
export const stopBeginnings = ['stop', 'abort', 'cancel'] as const;

/** Signs, and words of languages without spaces, that stop wherever they stand. */
export const stopSigns: readonly string[] = toWords(`
  止めて 止めろ 止まれ とめて やめて やめろ 停止 中止 ストップ 停
  🛑 ⛔ ✋ 🚫 ⏹
`);

/** Words that stop when a message begins with them, after words such as `please`. */
export const leadingStopWords: ReadonlySet<string> = toWordSet(`
  end exit off undo revert pause hold wait no nope whoa suspend drop finish discontinue withdraw
`);

/** Words that say nothing of their own beside a stop, and are never taken for the name of a run. */
export const fillerWords: ReadonlySet<string> = toWordSet(`
  please pls plz now right away immediately asap at once quick quickly fast hurry ok okay hey oh god omg my no yes just really for real
  sake gods damn dammit damnit fuck fucking shit hell wtf help
  can could will would you we i must should need have to want let lets make do does did doing go be
  someone somebody everyone everybody anyone team bot marshal chaos the a an it its it's this that these those them thing things
  and or so here in on of with from already again thanks thank bitte svp merci por favor gracias
  run runs experiment experiments test tests fault faults pod pods attack injection rehearsal conversation channel chat switch
`);

/** Words that make a stop one of every conversation. */
export const allWords: ReadonlySet<string> = toWordSet(`
  all everything everywhere every whole alles alle tout toutes tous todo todos todas
`);
export const allSigns = ['全部', '全て', 'すべて'] as const;

/** `turn it off`, `shut that down`, `pull the plug`: a verb, and soon after it one of these. */
export const offVerbs: ReadonlySet<string> = toWordSet(`
  turn switch shut call tear pull knock cut back stand take get bring
`);
export const offParticles: ReadonlySet<string> = toWordSet('off down out plug rid');

/** Words that stand next to `end` when it is a verb: `make it end`, `we have to end this`. */
export const endObjects: ReadonlySet<string> = toWordSet(
  'it this that them run experiment test fault everything all now please',
);

/** Real words that differ by one letter from `stop` or `abort` and are no slips of the fingers. */
export const otherWords: ReadonlySet<string> = toWordSet('about step shop top');

/** Removes repetitions, so that `stopppp` and `freeeeze` are found. */
export function squeeze(word: string): string {
  return Array.from(word)
    .filter((letter, index, letters) => letter !== letters[index - 1])
    .join('');
}

function toWords(words: string): string[] {
  return words.trim().split(/\s+/);
}

function toWordSet(words: string): ReadonlySet<string> {
  return new Set(toWords(words).map(squeeze));
}
