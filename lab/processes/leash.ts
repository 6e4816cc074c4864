/** Loaded before a program of the lab: it ends with the lab, also when the lab is killed and can tell nobody. */
const lastWordsMs = 8_000;

process.on('disconnect', () => {
  setTimeout(() => process.exit(1), lastWordsMs).unref();
  process.kill(process.pid, 'SIGTERM');
});
// Ctrl-C in a terminal reaches the whole process group; the lab ends its programs in order.
process.on('SIGINT', () => undefined);
process.channel?.unref();
