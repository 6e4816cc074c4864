import { Agent, request } from 'undici';
import type { ApiFixture } from './api-fixture.ts';

export type ApiResponse = {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON, as deep as a test wants to look. */
  readonly json: Json;
};
// oxlint-disable-next-line typescript/no-explicit-any -- what comes over the wire is judged by the assertions of the tests
export type Json = any;

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Bare HTTP on the API, without what a client library would do about errors. */
export type ApiClient = {
  call(path: string, call?: Call): Promise<ApiResponse>;
  /** The lines of a stream until it ends. */
  readLines(path: string, onLine: (line: Json) => void, call?: Call): Promise<void>;
  close(): Promise<void>;
};

export function connect({ api, token, caPem }: ApiFixture): ApiClient {
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const send = (path: string, { method = 'GET', body, headers = {} }: Call = {}) =>
    request(`${api.url}${path}`, {
      dispatcher,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    });
  return {
    call: async (path, options) => {
      const { statusCode: code, headers, body } = await send(path, options);
      const text = await body.text();
      return { code, headers, text, json: isJson(headers) ? JSON.parse(text) : undefined };
    },
    readLines: async (path, onLine, call) => {
      const { body } = await send(path, call);
      let rest = '';
      for await (const chunk of body) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(JSON.parse(line));
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function isJson(headers: ApiResponse['headers']): boolean {
  return String(headers['content-type']).startsWith('application/json');
}
