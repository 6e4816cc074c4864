import { expect, test } from '@jest/globals';
import { createTokenSigner } from '../../../lab/identity/token-signer.ts';

test('a token is good until it expires, and no longer', () => {
  const signer = createTokenSigner();
  const principal = { tenantId: 'tenant', principalId: 'principal', clientId: 'client' };
  const now = Math.floor(Date.now() / 1_000);
  const { token: fresh } = signer.issue('https://audience', principal, now + 60);
  const { token: stale } = signer.issue('https://audience', principal, now - 1);
  expect(signer.verify(fresh, 'https://audience')).toBe(true);
  expect(signer.verify(stale, 'https://audience')).toBe(false);
});
