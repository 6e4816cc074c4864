/**
 * One pod's container: a process that loads the model and serves it until it is told to end. Configured by environment
 * (SCORING_HOST, SCORING_PORT, SCORING_SERVICE, SCORING_KEY, POD_NAME, MODEL_LOAD_MS); its parent changes the mode over IPC.
 */
import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { diabetesModel } from './diabetes-model.ts';
import { type ScoringMode, isScoringMessage } from './scoring-mode.ts';
import { createScoringServer } from './scoring-server.ts';

let mode: ScoringMode = { kind: 'ok' };
let drain: (() => void) | undefined;

process.on('message', (message) => {
  if (isScoringMessage(message)) mode = message.mode;
});
// The kubelet is gone, whatever the reason: a container does not outlive it in the lab.
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => (drain ? drain() : process.exit(0)));
// Ctrl-C in a terminal reaches the whole process group; only the kubelet ends containers.
process.on('SIGINT', () => undefined);

// The models that are served for real take seconds to load; this one is too small to show it.
await delay(Number(readEnv('MODEL_LOAD_MS')));
const server = createScoringServer({
  model: diabetesModel,
  serviceName: readEnv('SCORING_SERVICE'),
  key: readEnv('SCORING_KEY'),
  podName: readEnv('POD_NAME'),
  readMode: () => mode,
});
server.listen(Number(readEnv('SCORING_PORT')), readEnv('SCORING_HOST'), flushCompileCache);
drain = () => {
  server.close(() => process.exit(0));
};

function readEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; the kubelet sets it.`);
  return value;
}
