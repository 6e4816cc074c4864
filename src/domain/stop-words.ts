/** Words that stop wherever they stand in a message. Compared without accents, and with repeated letters counted once. */
export const stopWords: ReadonlySet<string> = toWordSet(`
  stop halt halted kill killed quit terminate terminated shutdown killswitch estop cease desist abandon rollback
  emergency mayday panic enough sos stahp killall ctrlc disable deactivate ceasefire
  stopp stoppen anhalten aufhoren abbrechen abbruch beenden beende beendet schluss
  aufhoeren abschalten ausschalten abstellen haltet notaus nothalt notfall
  arret arrete arretes arretez arreter stopper annule annuler annulez
  interrompre interromps interrompez suffit assez urgence
  alto para pare paren parar parad deten detente detener detengan detenga cancela cancelar aborta abortar basta
  paralo paradlo parenlo detenlo detengalo termina terminalo terminar interrumpe interrumpir emergencia
`);

/** Beginnings of words that stop as well: `stopping`, `aborted`, `cancelled`. */
export const stopBeginnings = ['stop', 'abort', 'cancel'] as const;

/** Signs, and words of languages without spaces, that stop wherever they stand. */
export const stopSigns: readonly string[] = toWords(`
  止め 止ま とめて やめて やめろ 停止 中止 中断 終了 取り消 キャンセル ストップ すとっぷ 停
  🛑 ⛔ ✋ 🖐 🚫 ⏹ ❌ 🙅 🆘
`);

/** Words that stop when a message begins with them, after words such as `please`. */
export const leadingStopWords: ReadonlySet<string> = toWordSet(`
  end exit off undo revert pause hold wait no nope whoa suspend drop finish discontinue withdraw
  remove delete restore roll bail close cut scrap scratch unsafe timeout
  aus ende coupe coupez
`);

/** Words that say nothing of their own beside a stop, and are never taken for the name of a run. */
export const fillerWords: ReadonlySet<string> = toWordSet(`
  please pls plz now right away immediately asap at once quick quickly fast hurry ok okay hey oh god omg my no yes just really for real
  sake gods damn dammit damnit fuck fucking shit hell wtf help
  can could will would you we i must should need have to want let lets make do does did doing go be
  someone somebody everyone everybody anyone team bot marshal chaos the a an it its it's this that these those them thing things
  es das sofort jetzt vite maintenant ya ahora
  and or so here in on of with from already again thanks thank bitte svp merci por favor gracias
  our both current currently running active last latest one
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

/** `hör auf`, `brich das ab`, `mach es aus`: the same in German. */
export const germanOffVerbs: ReadonlySet<string> = toWordSet(`
  hor hoer hort hoert brich brecht schalt schalte schaltet mach mache macht stell stelle
`);
export const germanOffParticles: ReadonlySet<string> = toWordSet('auf ab aus');

/** `don't continue`, `do not start it`, `no more chaos`: a word that denies, and nothing beside it but these and words that say nothing. */
export const denials: ReadonlySet<string> = toWordSet('dont not never no');
export const deniedWords: ReadonlySet<string> = toWordSet(`
  continue proceed start starting begin inject execute more approve anymore any longer
`);

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
