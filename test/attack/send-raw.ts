import { connect, type Socket } from 'node:net';

export type RawReply = {
  /** Of the first answer on the connection; `closed` when it ended without one. */
  readonly status: number | 'closed';
  readonly head: string;
  readonly body: string;
};

type Address = { readonly host: string; readonly port: number };
export type Part = string | Buffer;

const patienceMs = 60_000;

/**
 * Sends bytes as they are, and reads until the connection ends or one whole answer is there. Parts are written while the other side takes them: whoever
 * refuses a body early sees none of the rest.
 */
export function sendRaw(address: Address, parts: Iterable<Part>): Promise<RawReply> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let text = '';
    const finish = () => {
      socket.destroy();
      resolve(parseReply(text));
    };
    socket.setTimeout(patienceMs, finish);
    socket.on('error', finish);
    socket.on('close', finish);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) finish();
    });
    socket.on('connect', () => void write(socket, parts));
  });
}

async function write(socket: Socket, parts: Iterable<Part>): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed || !socket.writable) return;
    if (socket.write(part)) await new Promise((resolve) => void setImmediate(resolve));
    else await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
}

function isWhole(text: string): boolean {
  const { status, head, body } = parseReply(text);
  if (status === 'closed' || status === 100) return false;
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  return /^transfer-encoding: chunked$/im.test(head) && body.endsWith('0\r\n\r\n');
}

function parseReply(text: string): RawReply {
  const final = text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '');
  const [head = '', ...rest] = final.split('\r\n\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  return { status: status ? Number(status) : 'closed', head, body: rest.join('\r\n\r\n') };
}

/** A request in the form of HTTP/1.1, with the length of its body unless other headers say how it ends. */
export function toRequest(
  target: Address,
  /** The method and the address: `POST /freeze`. */
  line: string,
  headers: readonly (readonly [name: string, value: string])[] = [],
  body: Part = '',
): Buffer {
  const names = headers.map(([name]) => name.toLowerCase());
  const isFramed = names.includes('content-length') || names.includes('transfer-encoding');
  const all = [
    ...(names.includes('host') ? [] : [['host', `${target.host}:${target.port}`] as const]),
    ...headers,
    ...(isFramed || body.length === 0
      ? []
      : [['content-length', String(Buffer.byteLength(body))] as const]),
  ];
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`${line} HTTP/1.1\r\n${lines}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}
