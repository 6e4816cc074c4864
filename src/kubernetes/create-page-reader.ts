import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  RequestContext,
  type KubeConfig,
} from '@kubernetes/client-node';
import type { Page } from './source.ts';

export type ReadPage = <Raw>(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
) => Promise<Page<Raw>>;

/**
 * Reads pages of lists as they are on the wire, as a watch gives objects: to make an object of its class of every part of 10,000 pods each few seconds keeps
 * changes waiting. Rejects with an Error whose `code` is the status of an answer that is none.
 */
export function createPageReader(config: KubeConfig, timeoutMs: number): ReadPage {
  const http = new IsomorphicFetchHttpLibrary();
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
    const text = await body.text();
    if (httpStatusCode === 200) return JSON.parse(text) as Page<Raw>;
    throw Object.assign(new Error(`The Kubernetes API answered ${httpStatusCode}.`), {
      code: httpStatusCode,
    });
  };
}
