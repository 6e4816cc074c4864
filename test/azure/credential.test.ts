import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAzureCredential } from '../../src/azure/credential.ts';

const scope = 'https://management.azure.com/.default';
const before = { ...process.env };
let server: Server | undefined;

afterEach(() => {
  for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER', 'AZURE_CLIENT_ID']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  server?.closeAllConnections();
  server?.close();
});

describe('the credential', () => {
  test('is the managed identity that the platform offers, the user-assigned one when it is named', async () => {
    let asked: URL | undefined;
    server = createServer((request, response) => {
      asked = new URL(request.url ?? '', 'http://identity');
      const allowed = request.headers['x-identity-header'] === 'secret';
      response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
      const expiresOn = Math.floor(Date.now() / 1_000) + 3_600;
      response.end(
        JSON.stringify({
          access_token: 'a-token',
          expires_on: String(expiresOn),
          resource: asked.searchParams.get('resource'),
          token_type: 'Bearer',
        }),
      );
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${port}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'secret';
    process.env['AZURE_CLIENT_ID'] = '5b1c0000-0000-4000-8000-000000000009';
    const token = await createAzureCredential().getToken(scope);
    expect(token?.token).toBe('a-token');
    expect(asked?.searchParams.get('resource')).toBe('https://management.azure.com');
    expect(asked?.searchParams.get('client_id')).toBe(process.env['AZURE_CLIENT_ID']);
  });
});
