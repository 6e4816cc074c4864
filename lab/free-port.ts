import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port that is free now: the wanted one, or any when that is 0. Throws, saying what to do, when the wanted one is taken. */
export async function findFreePort(host: string, wanted: number, option: string): Promise<number> {
  const server = createServer();
  try {
    server.listen(wanted, host);
    await once(server, 'listening');
  } catch (error) {
    throw new Error(
      `Port ${wanted} is taken. End what listens there, or choose another with ${option} (0 for any).`,
      { cause: error },
    );
  }
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
