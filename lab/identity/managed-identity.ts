import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createTokenSigner,
  normalizeAudience,
  type Principal,
  type TokenSigner,
} from './token-signer.ts';

export type ManagedIdentityOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The secret that callers must send; a random one when left out. */
  readonly header?: string;
  /** The resources that tokens are issued for, with or without a slash at the end. */
  readonly audiences: readonly string[];
};

export type ManagedIdentity = {
  /** For `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of the processes that have the identity. */
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  readonly principal: Principal;
  issue(audience: string): string;
  verify(token: string, audience: string): boolean;
  close(): Promise<void>;
};

const apiVersion = '2019-08-01';
// Azure's are valid for a day.
const tokenLifetimeSeconds = 24 * 3_600;
const userAssignedParameters = ['client_id', 'principal_id', 'object_id', 'mi_res_id'];

/** Serves the managed identity protocol of App Service on loopback. Rejects when the port is taken. */
export async function startManagedIdentity(
  options: ManagedIdentityOptions,
): Promise<ManagedIdentity> {
  const signer = createTokenSigner();
  const principal = {
    tenantId: randomUUID(),
    principalId: randomUUID(),
    clientId: randomUUID(),
  };
  const header = options.header ?? randomBytes(16).toString('hex').toUpperCase();
  const tokens: TokenSource = { signer, principal, header, audiences: options.audiences };
  const server = createServer((request, response) => send(response, answer(request, tokens)));
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    identityEndpoint: `http://${options.host}:${port}/msi/token`,
    identityHeader: header,
    principal,
    issue: (audience) => signer.issue(audience, principal, expiry()).token,
    verify: (token, audience) => signer.verify(token, audience),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type TokenSource = {
  readonly signer: TokenSigner;
  readonly principal: Principal;
  readonly header: string;
  readonly audiences: readonly string[];
};
type Answer = { status: number; body: unknown };

function answer(request: IncomingMessage, source: TokenSource): Answer {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://identity');
  if (pathname !== '/msi/token') return fail(404, 'There is nothing here.');
  if (request.method !== 'GET') return fail(405, 'Only GET is supported.');
  if (!isSecret(request.headers['x-identity-header'], source.header)) {
    return fail(401, 'The header X-IDENTITY-HEADER is missing or wrong.');
  }
  if (searchParams.get('api-version') !== apiVersion) {
    return fail(400, `The api-version must be ${apiVersion}.`);
  }
  const resource = searchParams.get('resource');
  if (!resource) return fail(400, 'The query parameter resource is missing.');
  if (userAssignedParameters.filter((name) => searchParams.has(name)).length > 1) {
    return fail(400, `At most one of ${userAssignedParameters.join(', ')} can be given.`);
  }
  const known = source.audiences.map(normalizeAudience);
  if (!known.includes(normalizeAudience(resource))) {
    return fail(400, `The resource ${resource} was not found in the tenant.`);
  }
  return toTokenAnswer(resource, searchParams.get('client_id'), source);
}

/** Whichever user-assigned identity is asked for, the lab's one has it: only the client id tells. */
function toTokenAnswer(resource: string, clientId: string | null, source: TokenSource): Answer {
  const principal = clientId ? { ...source.principal, clientId } : source.principal;
  const { token, expiresAt } = source.signer.issue(resource, principal, expiry());
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: principal.clientId,
      // Text, not a number: as App Service has it.
      expires_on: String(expiresAt),
      not_before: String(expiresAt - tokenLifetimeSeconds - 300),
      resource,
      token_type: 'Bearer',
    },
  };
}

function expiry(): number {
  return Math.floor(Date.now() / 1_000) + tokenLifetimeSeconds;
}

function fail(statusCode: number, message: string): Answer {
  return { status: statusCode, body: { statusCode, message, correlationId: randomUUID() } };
}

function isSecret(given: string | string[] | undefined, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(secret));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
