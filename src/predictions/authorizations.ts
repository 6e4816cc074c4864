import type { ScoringService } from '../domain/catalogue.ts';
import type { ReadToken } from '../runs/ports/cluster-access.ts';
import type { Log } from '../runs/ports/log.ts';
import type { Authorization } from './open-loop.ts';
import { createTokenSource, type TokenSource } from './token-source.ts';

export type AuthorizationsOptions = {
  /** The key of a service; it never leaves this adapter. */
  readonly keyOf: (service: ScoringService) => string | undefined;
  /** For services that need Entra tokens. */
  readonly readToken: ReadToken;
  readonly log: Log;
};

/** What authorises predictions of one service. */
export type AuthorizationSource = {
  /** The one in hand, renewed when it is due. */
  current(): Authorization;
  /** Resolves when there is one, or when it is clear that none comes for now. */
  ready(): Promise<void>;
};

/** Returns the authorization of each service; services share the tokens of a scope. */
export function createAuthorizations({ keyOf, readToken, log }: AuthorizationsOptions) {
  const sources = new Map<string, TokenSource>();
  const sourceOf = (scope: string) => {
    const source = sources.get(scope) ?? createTokenSource(() => readToken(scope), log);
    sources.set(scope, source);
    return source;
  };
  return (service: ScoringService): AuthorizationSource => {
    const { entraScope, keyHeader } = service.scoring;
    if (entraScope !== undefined) return toSource(sourceOf(entraScope));
    const key = keyOf(service);
    const header = key === undefined || keyHeader ? key : `Bearer ${key}`;
    const validUntil = Number.POSITIVE_INFINITY;
    const authorization = { validUntil, ...(header === undefined ? {} : { header }) };
    return { current: () => authorization, ready: () => Promise.resolve() };
  };
}

function toSource(source: TokenSource): AuthorizationSource {
  return {
    current() {
      const token = source.current();
      if (token === undefined) return 'none';
      return { header: `Bearer ${token}`, validUntil: source.expiresAt() };
    },
    ready: () => source.ready(),
  };
}
