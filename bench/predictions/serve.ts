import { serveScript, type ScriptPart } from '../../test/support/scoring-script.ts';

/** The scripted scoring server in a process of its own: prints its address, plays each script that it is sent. */
const server = await serveScript();
process.stdout.write(`${server.uri}\n`);
process.on('message', (script) => void server.play(script as readonly ScriptPart[]));
process.on('disconnect', () => process.exit());
