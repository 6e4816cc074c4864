import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { SelectablePod } from '../../../../lab/chaos-studio/engine/selectable.ts';
import { startChaosStudio } from '../../../../lab/chaos-studio/start-chaos-studio.ts';
import { createCertificateAuthority } from '../../../../lab/tls/certificate-authority.ts';
import { clusterId, location, resourceGroup, subscriptionId } from './experiment.ts';
import { createPod, createRecordingCluster } from './recording-cluster.ts';

export type Answer = {
  status: number;
  headers: IncomingHttpHeaders;
  /** The JSON, `''` for an empty body. */
  body: Record<string, unknown> | '';
};

export const token = 'a-token-that-is-good';

/** Chaos Studio over real TLS with a cluster that only writes down what is done to it, and a client that knows nothing of Azure. */
export async function startTestStudio(
  pods: readonly SelectablePod[] = ['a', 'b', 'c'].map((name) => createPod(name)),
) {
  const authority = await createCertificateAuthority('Test authority');
  const cluster = createRecordingCluster(pods);
  const studio = await startChaosStudio({
    host: '127.0.0.1',
    port: 0,
    tls: await authority.issue(['127.0.0.1']),
    verifyToken: (given) => given === token,
    subscriptionId,
    resourceGroup,
    location,
    cluster: { resourceId: clusterId },
    pods: cluster.source,
    faults: cluster.faults,
    pace: 'brisk',
    seed: 7,
  });
  const agent = new Agent({ ca: authority.caPem, keepAlive: true });

  async function send(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const url = new URL(path, studio.url);
    if (!path.includes('api-version')) url.searchParams.set('api-version', '2023-11-01');
    const sent = request(url, {
      method,
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    sent.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return readAnswer(response);
  }

  /** Follows a long-running operation to its end; answers its last status. */
  async function follow({ headers }: Answer): Promise<Record<string, unknown>> {
    const address = headers['azure-asyncoperation'] as string;
    for (;;) {
      const { body } = await send('GET', address);
      const status = body || {};
      if (['Succeeded', 'Failed', 'Canceled'].includes(status['status'] as string)) return status;
      await delay(50);
    }
  }

  return {
    studio,
    events: cluster.events,
    caPem: authority.caPem,
    send,
    follow,
    close: async () => {
      await studio.close();
      agent.destroy();
    },
  };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: text === '' ? '' : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** Asks until the answer is the wanted one; the test's own time limit ends it. */
export async function until<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await delay(30);
  }
}
