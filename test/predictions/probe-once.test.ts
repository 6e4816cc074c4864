import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import { judgeError } from '../../src/predictions/judge-error.ts';
import { createProber } from '../../src/predictions/prober.ts';
import { sampleProposal } from '../support/proposal.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Longer than this process may be held up: a pause of ours is no answer of the service's. */
const timeoutMs = 1_500;

/** A scoring server that answers by script, and the service that a probe sees. */
async function serve(answer: Answer): Promise<{ service: ScoringService; server: Server }> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response, count++));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { service } = sampleProposal();
  const uri = `http://127.0.0.1:${port}/api/v1/service/diabetes/score`;
  const scoring = { ...service.scoring, uri, timeoutMs };
  return { service: { ...service, scoring }, server };
}

/** Without chaining: restify, when a test before this one loaded it, makes writeHead return nothing. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

const right: Answer = (_request, response) => response.end('[2.001]');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const noToken = () => Promise.reject(new Error('no token'));
const probe = createProber({ keyOf: () => 'sesame', readToken: noToken, log: silent });

describe('one prediction', () => {
  const script: readonly [kind: string, answer: Answer][] = [
    ['client-error', (_request, response) => refuse(response, 401)],
    ['server-error', (_request, response) => refuse(response, 502)],
    ['server-error', (_request, response) => refuse(response, 424)],
    ['overloaded', (_request, response) => refuse(response, 503)],
    ['overloaded', (_request, response) => refuse(response, 429)],
    ['malformed', (_request, response) => response.end('"could not convert string to float"')],
    ['malformed', (_request, response) => response.end('<html>')],
    ['malformed', (_request, response) => response.end('[1, 2]')],
    ['drifted', (_request, response) => response.end('[2.02]')],
    ['wrong', (_request, response) => response.end('["cat"]')],
    ['timeout', (_request, response) => refuse(response, 408)],
    ['reset', (request) => request.socket.destroy()],
    ['reset', (request, response) => response.write('[2.0', () => request.socket.destroy())],
    ['timeout', () => undefined],
  ];

  test.each(script)('calls it %s', async (kind, answer) => {
    const { service } = await serve(answer);
    expect(await probe.probeOnce(service)).toMatchObject({
      sent: 1,
      good: 0,
      failures: { [kind]: 1 },
      latency: null,
    });
  });

  test('calls it refused when nobody listens', async () => {
    const { service, server } = await serve(right);
    server.close();
    expect(await probe.probeOnce(service)).toMatchObject({ failures: { refused: 1 } });
  });

  test('sends the key and the golden input', async () => {
    let seen = '';
    const { service } = await serve((request, response) => {
      seen = request.headers.authorization ?? '';
      right(request, response, 0);
    });
    expect(await probe.probeOnce(service)).toMatchObject({ good: 1 });
    expect(seen).toBe('Bearer sesame');
  });
});

describe('an exchange without an answer', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'refused'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'refused'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'malformed'],
  ])('with %s is %s', (code, kind) => {
    expect(judgeError(Object.assign(new Error('no answer'), { code }))).toBe(kind);
  });

  test('never crashes the judgement, whatever was thrown', () => {
    const property = fc.property(fc.anything(), (thrown) => typeof judgeError(thrown) === 'string');
    expect(() => fc.assert(property)).not.toThrow();
  });
});

test('a key goes into the header that the service names for it, as it is', async () => {
  const seen: IncomingMessage['headers'][] = [];
  const { service } = await serve((request, response) => {
    seen.push(request.headers);
    response.end('[2]');
  });
  const scoring = { ...service.scoring, keyHeader: 'x-functions-key' };
  await probe.probeOnce({ ...service, scoring });
  await probe.probeOnce(service);
  expect(seen[0]).toMatchObject({ 'x-functions-key': 'sesame' });
  expect(seen[0]).not.toHaveProperty('authorization');
  expect(seen[1]).toMatchObject({ authorization: 'Bearer sesame' });
});
