import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type TokenIssuer = {
  readonly openIdMetadataUrl: string;
  /** A token with these claims and a right signature; valid now unless the claims say otherwise. */
  sign(claims: object): string;
  /** The same, signed by somebody else with the same key id. */
  forge(claims: object): string;
  close(): Promise<void>;
};

const keyId = 'test-key';

/** Issues tokens as the Bot Framework channel does, with its metadata and keys served on a free port. */
export async function startTokenIssuer(issuer: string): Promise<TokenIssuer> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const key = { ...own.publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig' };
    const body = request.url?.endsWith('/keys')
      ? { keys: [{ ...key, endorsements: ['msteams'] }] }
      : {
          issuer,
          jwks_uri: `http://127.0.0.1:${port}/keys`,
          id_token_signing_alg_values_supported: ['RS256'],
        };
    // restify, loaded beside this, makes writeHead return nothing.
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const toToken = (privateKey: typeof own.privateKey, claims: object) => {
    const now = Math.floor(Date.now() / 1_000);
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const header = encode({ alg: 'RS256', typ: 'JWT', kid: keyId });
    const content = `${header}.${encode({ iss: issuer, nbf: now - 60, exp: now + 600, ...claims })}`;
    return `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`;
  };
  return {
    openIdMetadataUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`,
    sign: (claims) => toToken(own.privateKey, claims),
    forge: (claims) => toToken(foreign.privateKey, claims),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
