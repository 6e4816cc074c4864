import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Closing } from './closing.ts';

const lockPort = 5_000;
const firstNetwork = 11;
const networks = 200;

/** A loopback /16 that no other lab on this machine uses, held by listening on one of its addresses. */
export async function reservePodNetwork(closing: Closing): Promise<string> {
  for (let network = firstNetwork; network < firstNetwork + networks; network += 1) {
    const server = createServer();
    server.listen(lockPort, `127.${network}.255.254`);
    const taken = await once(server, 'listening').then(
      () => false,
      () => true,
    );
    if (taken) continue;
    server.unref();
    closing.add(async () => {
      server.close();
      await once(server, 'close');
    });
    return `127.${network}.0.0/16`;
  }
  // None can be held, as on machines whose loopback has one address: the cluster says what to do.
  return `127.${firstNetwork}.0.0/16`;
}
