import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  RequestContext,
  type KubeConfig,
} from '@kubernetes/client-node';
import { readBytes } from './answer-bytes.ts';
import { createPageParser } from './page-parser.ts';
import type { Page } from './source.ts';

export type ReadPage = <Raw>(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
) => Promise<Page<Raw>>;

export type PageLimits = {
  /** How long a page may take to arrive, ms. */
  readonly timeoutMs: number;
  /** How large a page may be, uncompressed. */
  readonly maxBytes: number;
};

/**
 * Reads pages of lists as they are on the wire, as a watch gives objects: to make an object of its class of every part of 10,000 pods each few seconds keeps
 * changes waiting. Of each object only the fields that are read here are kept. Rejects with `cluster-answer-too-large`, or with an Error whose `code` is the
 * status of an answer that is no page.
 */
export function createPageReader(
  config: KubeConfig,
  { timeoutMs, maxBytes }: PageLimits,
): ReadPage {
  const http = new IsomorphicFetchHttpLibrary();
  const parser = createPageParser();
  return async <Raw>(
    path: string,
    query: Readonly<Record<string, string | number | undefined>>,
  ) => {
    const request = new RequestContext(
      `${config.getCurrentCluster()?.server ?? ''}${path}`,
      HttpMethod.GET,
    );
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) request.setQueryParam(name, String(value));
    await config.applySecurityAuthentication(request);
    request.setSignal(AbortSignal.timeout(timeoutMs));
    const { httpStatusCode, body } = await http.send(request).toPromise();
    const bytes = await readBytes(body.stream(), maxBytes);
    if (httpStatusCode === 200) return (await parser.parse(bytes)) as Page<Raw>;
    throw Object.assign(new Error(`The Kubernetes API answered ${httpStatusCode}.`), {
      code: httpStatusCode,
    });
  };
}
