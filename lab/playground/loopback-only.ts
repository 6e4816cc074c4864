import { Server } from 'node:net';

/** Loaded before the playground, which listens on every interface and has no option for it: here it listens on loopback. */
type Listen = (this: Server, ...args: unknown[]) => Server;
// oxlint-disable-next-line typescript/unbound-method -- called with its own `this` below
const listen = Server.prototype.listen as Listen;

Server.prototype.listen = function listenOnLoopback(this: Server, ...args: unknown[]): Server {
  const [first, second] = args;
  if (typeof first !== 'number' || typeof second === 'string') return listen.apply(this, args);
  return listen.call(this, first, '127.0.0.1', ...args.slice(1));
} as typeof Server.prototype.listen;
