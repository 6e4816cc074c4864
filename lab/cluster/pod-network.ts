import { once } from 'node:events';
import { createServer } from 'node:net';
import { toErrorCode } from './error-code.ts';

/** Gives pods addresses of their own, as a network plug-in does. */
export type PodNetwork = {
  /** A free address in the node's range; throws when the machine cannot listen on any. */
  assign(nodeName: string): Promise<string>;
  release(podIP: string): void;
  /** The node's range, `127.11.1.0/24`. */
  toPodCidr(nodeName: string): string;
};

const FIRST_HOST = 4;
const LAST_HOST = 250;

/** The network of a cluster: each node has a /24 of the given /16 (`127.11.0.0/16`), and pods listen on `port`. */
export function createPodNetwork(cidr: string, port: number): PodNetwork {
  const [first, second] = cidr.split('.');
  if (!/^127\.\d+\.0\.0\/16$/.test(cidr)) {
    throw new Error(`The pod network must be a loopback /16 such as 127.11.0.0/16, not ${cidr}.`);
  }
  const nodes: string[] = [];
  const taken = new Set<string>();
  const lastHosts = new Map<string, number>();

  const toPrefix = (nodeName: string) => {
    if (!nodes.includes(nodeName)) nodes.push(nodeName);
    return `${first}.${second}.${nodes.indexOf(nodeName)}`;
  };
  // The next address after the last one, so that an address is not soon another pod's.
  const next = (nodeName: string) => {
    const host = lastHosts.get(nodeName) ?? FIRST_HOST - 1;
    lastHosts.set(nodeName, host >= LAST_HOST ? FIRST_HOST : host + 1);
    return `${toPrefix(nodeName)}.${lastHosts.get(nodeName)}`;
  };

  return {
    async assign(nodeName) {
      let failure: unknown;
      for (let tries = FIRST_HOST; tries <= LAST_HOST; tries += 1) {
        const address = next(nodeName);
        if (taken.has(address)) continue;
        taken.add(address);
        failure = await tryListening(address, port);
        if (failure === undefined) return address;
        taken.delete(address);
        if (toErrorCode(failure) === 'EADDRNOTAVAIL') break;
      }
      throw new Error(
        `No pod can listen on ${toPrefix(nodeName)}.x, port ${port}. Free that port, or choose another pod network; ` +
          'on macOS add loopback addresses with `sudo ifconfig lo0 alias <address>`.',
        { cause: failure },
      );
    },
    release: (podIP) => void taken.delete(podIP),
    toPodCidr: (nodeName) => `${toPrefix(nodeName)}.0/24`,
  };
}

async function tryListening(address: string, port: number): Promise<unknown> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return undefined;
  } catch (error) {
    return error;
  }
}
