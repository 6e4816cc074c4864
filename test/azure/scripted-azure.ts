import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';

/** What becomes of one request instead of what it asks for. `lose` does it and breaks the connection; `cut` breaks it before; `hang` never answers. */
export type Mishap =
  'lose' | 'cut' | 'hang' | { status: number; code?: string; headers?: Record<string, string> };

export type ScriptedExecution = { id: string; status: string; startedAt: string };

type Experiment = {
  name: string;
  tags: Record<string, string>;
  identity?: object;
  properties: Record<string, unknown>;
  executions: ScriptedExecution[];
};

/**
 * Just enough of Azure Resource Manager, over real TLS, to make single requests fail at will: which request fails, and whether it was
 * carried out all the same, is what these tests are about.
 */
export async function serveScriptedAzure() {
  const experiments = new Map<string, Experiment>();
  const mishaps: { on: string; mishap: Mishap; left: number }[] = [];
  const requests: string[] = [];
  const script = { operationStatus: 'Running', hideExecutions: false, failure: '' };
  const authority = await createCertificateAuthority('Scripted Azure');
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, authority.caPem]);

  const server = createServer(await authority.issue(['127.0.0.1']), (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => meet(request, response, text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function meet(request: IncomingMessage, response: ServerResponse, text: string): void {
    const path = new URL(request.url ?? '', url).pathname;
    const asked = `${request.method} ${path.replace(/^.*Microsoft\.Chaos\//, '')}`;
    requests.push(asked);
    const script = mishaps.find(({ on, left }) => left > 0 && asked.includes(on));
    if (script) script.left -= 1;
    const mishap = script?.mishap;
    if (mishap === 'hang') return;
    if (mishap === 'cut') return void request.socket.destroy();
    if (typeof mishap === 'object') {
      const { status, code = 'Scripted', headers = {} } = mishap;
      return send(response, status, { error: { code, message: 'As the script says.' } }, headers);
    }
    const [status, body, headers] = answer(asked, text);
    if (mishap === 'lose') return void request.socket.destroy();
    return send(response, status, body, headers);
  }

  type Answer = [status: number, body: unknown, headers?: Record<string, string>];

  function answer(asked: string, text: string): Answer {
    const [method = '', path = ''] = asked.split(' ');
    const [kind, name = '', verb, executionId] = path.split('/');
    if (kind === 'locations') return answerOperation(path);
    if (name === '') return [200, { value: Array.from(experiments.values(), toResource) }];
    if (method === 'PUT') {
      const executions = experiments.get(name)?.executions ?? [];
      const experiment: Experiment = { ...JSON.parse(text), name, executions };
      experiments.set(name, experiment);
      return [200, toResource(experiment)];
    }
    const experiment = experiments.get(name);
    if (!experiment) return [404, { error: { code: 'ResourceNotFound', message: 'Not found.' } }];
    if (verb === undefined) return [200, toResource(experiment)];
    if (verb === 'start') return start(experiment);
    if (verb === 'cancel') return cancel(experiment);
    return answerExecutions(experiment, executionId, method);
  }

  function answerOperation(path: string): Answer {
    if (path.includes('operationStatuses'))
      return [200, { status: script.operationStatus }, { 'retry-after': '0' }];
    const id = path.split('/').at(-1);
    return [200, { name: id, statusUrl: `${url}/x/executions/${id}?api-version=1` }];
  }

  function start({ executions }: Experiment): Answer {
    const id = randomUUID().toUpperCase();
    executions.unshift({ id, status: 'PreProcessingQueued', startedAt: new Date().toISOString() });
    return [202, undefined, toOperation(id)];
  }

  function cancel({ executions }: Experiment): Answer {
    const running = executions.find(({ status }) => !ended.includes(status));
    if (!running) return [409, { error: { code: 'Conflict', message: 'Nothing is running.' } }];
    running.status = 'Cancelled';
    return [202, undefined, toOperation(running.id)];
  }

  function answerExecutions({ executions }: Experiment, id: string | undefined, method: string) {
    if (id === undefined) {
      const shown = script.hideExecutions ? [] : executions;
      return [200, { value: shown.map(toExecution) }] as Answer;
    }
    const execution = executions.find((candidate) => candidate.id === id);
    if (!execution) return [404, { error: { code: 'NotFound', message: 'Not found.' } }] as Answer;
    const { properties, ...named } = toExecution(execution);
    const failureReason = method === 'POST' ? { failureReason: script.failure } : {};
    return [200, { ...named, properties: { ...properties, ...failureReason } }] as Answer;
  }

  const toOperation = (id: string) => ({
    'azure-asyncoperation': `${url}/subscriptions/s/providers/Microsoft.Chaos/locations/l/operationStatuses/${id}`,
    location: `${url}/subscriptions/s/providers/Microsoft.Chaos/locations/l/operationResults/${id}`,
    'retry-after': '0',
  });

  return {
    url,
    requests,
    script,
    experiments,
    /** Lets the next requests that hold this (`/start`, `POST experiments/x/cancel`) come to something else. */
    befall: (on: string, mishap: Mishap, times = 1) => mishaps.push({ on, mishap, left: times }),
    count: (ending: string) => requests.filter((asked) => asked.endsWith(ending)).length,
    reset() {
      experiments.clear();
      mishaps.length = 0;
      requests.length = 0;
      Object.assign(script, { operationStatus: 'Running', hideExecutions: false, failure: '' });
    },
    async close() {
      tls.setDefaultCACertificates(trusted);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ended = ['Success', 'Cancelled', 'Failed'];

/** Of the identity that every experiment has here. */
export const principalId = 'd1f0c7a2-0000-4000-8000-00000000c0de';

function toResource(experiment: Experiment) {
  const identity = { ...experiment.identity, principalId };
  return { ...experiment, identity, executions: undefined };
}

function toExecution({ id, status, startedAt }: ScriptedExecution) {
  return { id: `/x/executions/${id}`, name: id, properties: { status, startedAt } };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
