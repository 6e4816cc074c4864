import { ChaosError } from '../domain/chaos-error.ts';

/** Names an answer of the API that is not read any further. `what` is what was too large: `a page of a list`. */
function toTooLargeError(what: string, maxBytes: number): ChaosError {
  return toError(`${what} of more than ${Math.round(maxBytes / 1_048_576)} MB`);
}

/** Names a page of a list that is not parsed. */
export function toTooManyError(maxValues: number): ChaosError {
  return toError(`a page of a list of more than ${maxValues} values`);
}

function toError(what: string): ChaosError {
  return new ChaosError('cluster-answer-too-large', `The Kubernetes API sent ${what}.`, {
    suggestion:
      'Check that the server of the kubeconfig is a Kubernetes API that heeds `limit`, and how large the objects in the namespace are.',
  });
}

/** Reads a whole answer. Rejects as soon as it has more bytes than this. */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw toTooLargeError('a page of a list', maxBytes);
    chunks.push(chunk);
  }
  return chunks;
}

const newline = 10;

/** Reads an answer line by line. Rejects as soon as a line has more bytes than this. */
export async function* readLines(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): AsyncGenerator<string> {
  const line = new GrowingBytes();
  for await (const chunk of stream ?? []) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      requireSize(line.length + end - from, maxBytes);
      line.add(chunk.subarray(from, end));
      yield line.take();
      from = end + 1;
    }
    requireSize(line.length + chunk.length - from, maxBytes);
    line.add(chunk.subarray(from));
  }
  if (line.length > 0) yield line.take();
}

function requireSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw toTooLargeError('a line of a watch', maxBytes);
}

const firstCapacity = 16 * 1_024;

/** Bytes that arrive in parts, however small, in memory that is doubled when it is full. */
class GrowingBytes {
  #bytes = Buffer.alloc(firstCapacity);
  length = 0;

  add(part: Uint8Array): void {
    const needed = this.length + part.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.length);
    this.length = needed;
  }

  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.length);
    this.length = 0;
    return text;
  }
}
