import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  RequestContext,
  type KubeConfig,
} from '@kubernetes/client-node';

/** Nothing is called this, so that no object is sent. */
const nobody = 'metadata.name=chaos-marshal-watch-probe';
/** A watch that has not begun by then is not refused: what answers late is found by listing. */
const answerLimitMs = 2_000;

/**
 * Tries whether objects may be watched: opens a watch and ends it at once. Rejects with an Error whose `code` is the status of an answer other than 200.
 */
export function createWatchProbe(config: KubeConfig): (path: string) => Promise<void> {
  const http = new IsomorphicFetchHttpLibrary();
  return async (path) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), answerLimitMs);
    const url = `${config.getCurrentCluster()?.server ?? ''}${path}`;
    const request = new RequestContext(url, HttpMethod.GET);
    request.setQueryParam('watch', 'true');
    request.setQueryParam('timeoutSeconds', '1');
    request.setQueryParam('fieldSelector', nobody);
    await config.applySecurityAuthentication(request);
    request.setSignal(controller.signal);
    try {
      const { httpStatusCode: code } = await http.send(request).toPromise();
      if (code !== 200)
        throw Object.assign(new Error(`The Kubernetes API answered ${code}.`), { code });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      controller.abort();
    }
  };
}
