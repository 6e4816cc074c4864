import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z, ZodError } from 'zod';
import { readBody, sendJson } from '../playground/http-io.ts';
import type { BotProcess } from '../processes/bot-process.ts';
import { breakLab, healLab, type Breakable } from './break-lab.ts';
import { labFaultSchema, listExamples, type LabFault } from './lab-fault.ts';

export type ControlOptions = Breakable & {
  readonly host: string;
  readonly port: number;
  readonly bot: () => BotProcess | undefined;
};

export type ControlServer = { readonly url: string; close(): Promise<void> };

type Answer = { readonly status: number; readonly body: unknown };
type State = { faults: LabFault[] };
type Handle = (request: IncomingMessage) => Answer | Promise<Answer>;

/** Serves what breaks the lab itself, and what it has seen. Rejects when the port is taken. */
export async function startControlServer(options: ControlOptions): Promise<ControlServer> {
  const examples = listExamples(options.cluster.nodes.names[0] ?? '');
  const routes = createRoutes(options, examples);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://lab');
    const handle = routes[`${request.method} ${pathname}`] ?? describeRoutes(examples);
    Promise.resolve(request)
      .then(handle)
      .catch((error: unknown) => toProblem(error, examples))
      .then(({ status, body }) => sendJson(response, status, body))
      .catch(() => response.destroy());
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function createRoutes(
  options: ControlOptions,
  examples: readonly LabFault[],
): Readonly<Record<string, Handle>> {
  const state: State = { faults: [] };
  return {
    'GET /faults': () => ok({ faults: state.faults, examples }),
    'POST /faults': async (request) => {
      const fault = labFaultSchema.parse(await readBody(request));
      breakLab(fault, options);
      const others = state.faults.filter(({ target }) => target !== fault.target);
      state.faults = fault.mode === 'ok' ? others : [...others, fault];
      return ok({ faults: state.faults });
    },
    'DELETE /faults': () => {
      healLab(state.faults, options);
      state.faults = [];
      return ok({ faults: state.faults });
    },
    'GET /requests': () => ok({ requests: options.chaosStudio.requests.entries() }),
    'GET /processes': () =>
      ok({ pods: options.cluster.listProcesses(), bot: options.bot()?.pid() }),
    'POST /bot/restart': async (request) => {
      const how = restartSchema.parse(await readBody(request));
      await options.bot()?.restart(how);
      return ok({ pid: options.bot()?.pid() });
    },
  };
}

const restartSchema = z
  .object({
    signal: z.enum(['SIGTERM', 'SIGKILL']).default('SIGTERM'),
    downMs: z.number().min(0).max(60_000).default(0),
  })
  .strict();

const ok = (body: unknown): Answer => ({ status: 200, body });

function describeRoutes(examples: readonly LabFault[]): Handle {
  const routes = [
    'GET, POST, DELETE /faults',
    'GET /requests',
    'GET /processes',
    'POST /bot/restart',
  ];
  return ({ url }) =>
    url === '/'
      ? ok({ routes, examples })
      : { status: 404, body: { error: 'There is nothing here.', routes } };
}

function toProblem(error: unknown, examples: readonly LabFault[]): Answer {
  if (error instanceof ZodError)
    return {
      status: 400,
      body: { error: 'The lab does not know this.', problems: error.issues, examples },
    };
  return { status: 409, body: { error: error instanceof Error ? error.message : String(error) } };
}
