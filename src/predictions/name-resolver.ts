import { ADDRCONFIG, type LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { settleWithin } from '../time/settle-within.ts';

/** Asks where a name leads. Rejects as `dns.lookup` does. */
export type AskName = (hostname: string) => Promise<readonly LookupAddress[]>;

export type NameResolverOptions = {
  /** When absent as Node connects: `/etc/hosts` and search domains count. */
  readonly ask?: AskName;
  /** Called with the code of the error when a look-up fails, once until one succeeds. */
  readonly onFailure?: (code: string) => void;
};

/** The next look-up begins so long after the last one ended. */
const askEveryMs = 1_000;
const askAgainMs = 250;
/** As long as the DNS of clusters lets its answers be kept. What is older does not tell where clients go. */
const keepMs = 30_000;

/** No addresses: there is no such name. */
type Answer = { readonly addresses: readonly LookupAddress[]; readonly at: number };

/**
 * Knows where the name in an address leads, and asks again each second, one look-up at a time. Connections take what is known and never wait: look-ups
 * share four threads with all that this process does with files and other names, and a wait for those is no time of the service's.
 */
export class NameResolver {
  readonly #hostname: string;
  readonly #ask: AskName;
  readonly #onFailure: (code: string) => void;
  readonly #first: Promise<void>;
  #answer: Answer | undefined;
  #isMissing = false;
  #isFailing = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    uri: string,
    { ask = askSystem, onFailure = () => undefined }: NameResolverOptions = {},
  ) {
    this.#hostname = new URL(uri).hostname;
    this.#ask = ask;
    this.#onFailure = onFailure;
    const isName = isIP(this.#hostname.replaceAll(/[[\]]/g, '')) === 0;
    this.#first = isName ? this.#lookUp() : Promise.resolve();
  }

  /** Resolves when the first look-up has ended, or after `limitMs`. */
  ready(limitMs: number): Promise<void> {
    return settleWithin(limitMs, this.#first);
  }

  /** For the option of that name of a connection; calls back at once. `EAI_AGAIN` says that nobody knows where the name leads. */
  readonly lookup: LookupFunction = (hostname, { all }, callback) => {
    const isKnown = this.#answer !== undefined && performance.now() - this.#answer.at < keepMs;
    const addresses = isKnown ? spread(this.#answer?.addresses ?? []) : [];
    const [first] = addresses;
    if (!first) callback(createError(hostname, isKnown ? 'ENOTFOUND' : 'EAI_AGAIN'), []);
    else if (all) callback(null, addresses);
    else callback(null, first.address, first.family);
  };

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #lookUp(): Promise<void> {
    const failure = await this.#ask(this.#hostname).then(
      (addresses) => this.#note(addresses),
      (error: unknown) => this.#noteFailure(error),
    );
    if (this.#isClosed) return;
    if (failure !== undefined && !this.#isFailing) this.#onFailure(failure);
    this.#isFailing = failure !== undefined;
    const waitMs = this.#isFailing ? askAgainMs : askEveryMs;
    this.#timer = setTimeout(() => void this.#lookUp(), waitMs).unref();
  }

  /** Returns the code of the failure. */
  #noteFailure(error: unknown): string {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    // Any other failure is no answer.
    if (code === 'ENOTFOUND') this.#note([]);
    return code;
  }

  #note(addresses: readonly LookupAddress[]): undefined {
    const wasMissing = this.#isMissing;
    this.#isMissing = addresses.length === 0;
    // That a known name is gone may be an accident of one look-up: the next one tells.
    if (this.#isMissing && !wasMissing && this.#answer) return;
    this.#answer = { addresses, at: performance.now() };
  }
}

/** The hints are those that Node connects with. */
const askSystem: AskName = (hostname) => lookup(hostname, { all: true, hints: ADDRCONFIG });

function createError(hostname: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`Where ${hostname} leads is not known.`), { code });
}

/**
 * Begins with any of the addresses, as DNS does that spreads clients over pods: each connection used to ask for itself. The family that the system prefers
 * stays first.
 */
function spread(addresses: readonly LookupAddress[]): LookupAddress[] {
  const isPreferred = ({ family }: LookupAddress) => family === addresses[0]?.family;
  const others = addresses.filter((address) => !isPreferred(address));
  return [...rotate(addresses.filter(isPreferred)), ...rotate(others)];
}

function rotate(addresses: readonly LookupAddress[]): readonly LookupAddress[] {
  const start = Math.floor(Math.random() * addresses.length);
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}
