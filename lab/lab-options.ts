import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import type { PaceName } from './chaos-studio/pace.ts';

/** What `npm run lab -- ...` takes. Ports are 0 for any. */
export type LabOptions = {
  readonly headless: boolean;
  readonly readyFile?: string;
  readonly botPort: number;
  readonly playgroundPort: number;
  /** How fast Chaos Studio is: as recorded in Azure, or brisk for tests. */
  readonly pace: PaceName;
  readonly catalogue: string;
};

export const usage = `npm run lab -- [options]
  --headless               without the playground
  --ready-file PATH        write the addresses as JSON when everything is ready
  --bot-port PORT          default 3978; 0 takes any
  --playground-port PORT   default 56150; 0 takes any
  --pace recorded|brisk    how fast Chaos Studio answers: as in Azure (default), or in a few seconds
  --catalogue PATH         another chaos.yaml
  --help`;

/** Reads the command line. Throws an Error that says what is wrong; `help` when that was asked for. */
export function parseLabOptions(args: readonly string[]): LabOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      headless: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      'ready-file': { type: 'string' },
      'bot-port': { type: 'string', default: '3978' },
      'playground-port': { type: 'string', default: '56150' },
      pace: { type: 'string', default: 'recorded' },
      catalogue: {
        type: 'string',
        default: fileURLToPath(new URL('../chaos.yaml', import.meta.url)),
      },
    },
  });
  if (values.help) return 'help';
  const { pace } = values;
  if (pace !== 'recorded' && pace !== 'brisk')
    throw new Error(`--pace is recorded or brisk, not ${pace}.`);
  return {
    headless: values.headless,
    ...(values['ready-file'] === undefined ? {} : { readyFile: values['ready-file'] }),
    botPort: parsePort('--bot-port', values['bot-port']),
    playgroundPort: parsePort('--playground-port', values['playground-port']),
    pace,
    catalogue: values.catalogue,
  };
}

function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new Error(`${option} is a port from 0 to 65535, not ${text}.`);
  return port;
}
