import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type StallingProxy = {
  readonly port: number;
  /** From now on nothing gets through in either direction, and no connection breaks. */
  stall(): void;
  /** Lets through what was held back, and everything after it. */
  flow(): void;
  /** As `stall`, and what was sent on these connections is lost: only new ones get through when it flows again. */
  swallow(): void;
  /** Breaks every connection; new ones are taken. */
  sever(): void;
  /** From now on breaks every connection at once, until it flows. */
  refuse(): void;
  close(): Promise<void>;
};

/** Starts a proxy on loopback in front of a TCP port, which can make its server hang or be away. */
export async function startStallingProxy(targetPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  const lost = new WeakSet<Socket>();
  let isStalled = false;
  let isRefusing = false;
  const server = createServer((near) => {
    if (isRefusing) return void near.destroy();
    const far = connect(targetPort, '127.0.0.1');
    pass(near, far);
    pass(far, near);
  });

  function pass(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('data', (chunk) => void to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (isStalled) from.pause();
  }

  function stall(): void {
    isStalled = true;
    for (const socket of sockets) socket.pause();
  }

  function sever(): void {
    for (const socket of sockets) socket.destroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stall,
    flow() {
      [isStalled, isRefusing] = [false, false];
      for (const socket of sockets) if (!lost.has(socket)) socket.resume();
    },
    swallow() {
      stall();
      for (const socket of sockets) lost.add(socket);
    },
    sever,
    refuse() {
      isRefusing = true;
      sever();
    },
    async close() {
      sever();
      server.close();
      await once(server, 'close');
    },
  };
}
