import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  RequestContext,
  Watch,
  type KubeConfig,
} from '@kubernetes/client-node';
import { readLines } from './answer-bytes.ts';

/** Larger than any object that fits into etcd (1.5 MiB), bytes. */
const longestLine = 4 * 1_024 * 1_024;

/** A watch on which nothing arrives for this long is opened again, ms. */
const longestSilenceMs = 30_000;

type Done = Parameters<Watch['watch']>[3];

/** A watch like the client's, which keeps a line of any length until its end comes: here a line that is too long ends the watch with an error. */
export class BoundedWatch extends Watch {
  readonly #http = new IsomorphicFetchHttpLibrary();
  readonly #maxLineBytes: number;

  constructor(config: KubeConfig, maxLineBytes = longestLine) {
    super(config);
    this.#maxLineBytes = maxLineBytes;
  }

  override async watch(...[path, query, hear, done]: Parameters<Watch['watch']>) {
    const request = this.#toRequest(path, query);
    await this.config.applySecurityAuthentication(request);
    const { controller, beat, end } = this.#startTimer(done);
    request.setSignal(controller.signal);
    try {
      const { httpStatusCode, body } = await this.#http.send(request).toPromise();
      if (httpStatusCode !== 200) throw toStatusError(httpStatusCode);
      beat();
      void this.#hear(watched(body.stream(), beat), hear).then(() => end(null), end);
    } catch (error) {
      end(error);
    }
    return controller;
  }

  #toRequest(path: string, query: Parameters<Watch['watch']>[1]): RequestContext {
    const cluster = this.config.getCurrentCluster();
    if (!cluster) throw new Error('No currently active cluster');
    const url = new URL(cluster.server + path);
    url.searchParams.set('watch', 'true');
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return new RequestContext(url.toString(), HttpMethod.GET);
  }

  async #hear(stream: ReadableStream<Uint8Array> | null, hear: Parameters<Watch['watch']>[2]) {
    for await (const line of readLines(stream, this.#maxLineBytes)) {
      try {
        const event = JSON.parse(line) as { type: string; object: unknown };
        hear(event.type, event.object, event);
      } catch {
        // A line that cannot be read tells nothing; a list corrects what it would have told.
      }
    }
  }

  /** Ends a watch on which nothing arrives for a while, as the client's does. `done` is called once. */
  #startTimer(done: Done) {
    const controller = new AbortController();
    const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    const timer = setTimeout(() => controller.abort(late), longestSilenceMs).unref();
    let isDone = false;
    return {
      controller,
      beat: () => void timer.refresh(),
      end: (error: unknown) => {
        if (isDone) return;
        isDone = true;
        clearTimeout(timer);
        const { aborted, reason } = controller.signal;
        controller.abort();
        done(error && aborted && reason === late ? late : error);
      },
    };
  }
}

/** Calls `beat` with each part that arrives. */
function watched(stream: ReadableStream<Uint8Array> | null, beat: () => void) {
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      beat();
      out.enqueue(chunk);
    },
  });
  return stream?.pipeThrough(counting) ?? null;
}

function toStatusError(status: number): Error {
  return Object.assign(new Error(`The Kubernetes API answered ${status}.`), { statusCode: status });
}
