import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Place } from '../place.ts';
import { RequestRecorder } from '../request-log.ts';
import { requireApiVersion, requirePlace, requireToken } from './admission.ts';
import { RemainingRequests, toCommonHeaders } from './answer-headers.ts';
import { ArmError, tooManyRequests } from './arm-error.ts';
import type { ArmAnswer, Route } from './arm-message.ts';
import { InjectedFault, type ArmFault } from './injected-fault.ts';
import { RateLimits } from './rate-limits.ts';
import { readJson } from './read-json.ts';
import { createRouter } from './router.ts';

export type ArmServerOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly place: Place;
  readonly routes: readonly Route[];
  readonly verifyToken: (token: string) => boolean;
};

export type ArmServer = {
  readonly url: string;
  readonly requests: RequestRecorder;
  readonly fault: InjectedFault;
  close(): Promise<void>;
};

// Longer than clients keep an idle connection, so that it is never closed under a request of theirs.
const keepAliveTimeoutMs = 120_000;

/** Serves routes as Azure Resource Manager does: tokens, versions, scopes, limits, headers, errors. Rejects when the port is taken. */
export async function startArmServer(options: ArmServerOptions): Promise<ArmServer> {
  const requests = new RequestRecorder();
  const fault = new InjectedFault();
  const answer = createAnswering(options, fault);
  const remaining = new RemainingRequests();
  const server = createServer({ ...options.tls, keepAliveTimeout: keepAliveTimeoutMs });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', 'https://arm');
    const tellStatus = requests.record(method, url.pathname);
    const common = {
      ...toCommonHeaders(request.headers, options.place.location),
      ...remaining.take(method),
    };
    const serve = async () => {
      const given = await answer(request, url);
      if (given === 'destroy') return void request.socket.destroy();
      tellStatus(given.status);
      send(response, { ...given, headers: { ...common, ...given.headers } });
    };
    void serve();
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    url: `https://${options.host}:${(server.address() as AddressInfo).port}`,
    requests,
    fault,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Answering = (request: IncomingMessage, url: URL) => Promise<ArmAnswer | 'destroy'>;

function createAnswering(options: ArmServerOptions, injected: InjectedFault): Answering {
  const route = createRouter(options.routes);
  const limits = new RateLimits();
  return async (request, url) => {
    const { method = 'GET', headers } = request;
    const fault = injected.meet(method, url.pathname);
    if (fault.mode === 'down') return 'destroy';
    try {
      throwInjected(fault);
      requireToken(headers.authorization, options.verifyToken);
      requireApiVersion(url.searchParams);
      requirePlace(url.pathname, options.place);
      const { route: found, params } = route(method, url.pathname);
      const left = limits.take(found.limit);
      const answer = found.handle({
        params,
        query: url.searchParams,
        body: await readJson(request),
        baseUrl: `https://${headers.host ?? `${options.host}:${options.port}`}`,
      });
      const remaining = { 'x-ms-ratelimit-remaining-subscription-resource-requests': `${left}` };
      return { ...answer, headers: { ...remaining, ...answer.headers } };
    } catch (error) {
      return toErrorAnswer(error);
    }
  };
}

const injectedErrors = {
  403: ['AuthorizationFailed', 'The client does not have authorization to perform this action.'],
  404: ['ResourceNotFound', 'The resource was not found.'],
  500: ['InternalServerError', 'The server encountered an internal error. Please try again.'],
  502: ['BadGateway', 'The resource provider did not answer as expected.'],
  503: ['ServiceUnavailable', 'The service is unavailable. Please try again later.'],
} as const;

function throwInjected(fault: ArmFault): void {
  if (fault.mode === 'throttle') {
    const { retryAfterSeconds } = fault;
    throw tooManyRequests(
      `The request was throttled. Please try again after '${retryAfterSeconds}' seconds.`,
      retryAfterSeconds,
    );
  }
  if (fault.mode === 'error') {
    const [code, message] = injectedErrors[fault.status];
    throw new ArmError(fault.status, code, message);
  }
}

function toErrorAnswer(error: unknown): ArmAnswer {
  const { status, code, message, headers } =
    error instanceof ArmError
      ? error
      : new ArmError(500, 'InternalServerError', `The lab itself failed: ${String(error)}`);
  return { status, headers, body: { error: { code, message } } };
}

function send(response: ServerResponse, { status, body, headers }: ArmAnswer): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    ...(text && { 'content-type': 'application/json; charset=utf-8' }),
    ...(status !== 204 && { 'content-length': Buffer.byteLength(text) }),
  });
  response.end(text);
}
