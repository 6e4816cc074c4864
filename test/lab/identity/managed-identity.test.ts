import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  startManagedIdentity,
  type ManagedIdentity,
} from '../../../lab/identity/managed-identity.ts';

const arm = 'https://management.azure.com';
const tokenPath = (resource = arm) => `?api-version=2019-08-01&resource=${resource}`;

let identity: ManagedIdentity;

beforeAll(async () => {
  identity = await startManagedIdentity({ host: '127.0.0.1', port: 0, audiences: [`${arm}/`] });
});

afterAll(() => identity.close());

async function ask(query: string, header: string | undefined = identity.identityHeader) {
  const response = await fetch(identity.identityEndpoint + query, {
    headers: header === undefined ? {} : { 'X-IDENTITY-HEADER': header },
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

function readClaims(token: string): Record<string, unknown> {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return JSON.parse(claims) as Record<string, unknown>;
}

describe('the managed identity endpoint', () => {
  test('issues a token in the shape of App Service, that it verifies', async () => {
    const { status, body } = await ask(tokenPath());
    expect(status).toBe(200);
    const { access_token: token = '', ...rest } = body;
    expect(rest).toEqual({
      client_id: identity.principal.clientId,
      expires_on: expect.stringMatching(/^\d{10}$/),
      not_before: expect.stringMatching(/^\d{10}$/),
      resource: arm,
      token_type: 'Bearer',
    });
    expect(readClaims(token)).toMatchObject({
      aud: arm,
      oid: identity.principal.principalId,
      tid: identity.principal.tenantId,
      iss: `https://sts.windows.net/${identity.principal.tenantId}/`,
      exp: Number(rest['expires_on']),
    });
    expect(identity.verify(token, arm)).toBe(true);
    expect(identity.verify(token, `${arm}/`)).toBe(true);
  });

  test.each(['client_id', 'principal_id', 'mi_res_id'])(
    'accepts a user-assigned identity by %s',
    async (name) => {
      const { status, body } = await ask(`${tokenPath()}&${name}=mine`);
      expect(status).toBe(200);
      expect(body['client_id']).toBe(name === 'client_id' ? 'mine' : identity.principal.clientId);
    },
  );

  test.each([
    ['two user-assigned identities', `${tokenPath()}&client_id=a&mi_res_id=b`, 400],
    ['no resource', '?api-version=2019-08-01', 400],
    ['another version of the protocol', `?api-version=2017-09-01&resource=${arm}`, 400],
    ['no version of the protocol', `?resource=${arm}`, 400],
    ['a resource that nobody knows', tokenPath('https://elsewhere.example'), 400],
  ])('refuses %s', async (_what, query, status) => {
    const refused = await ask(query);
    expect(refused.status).toBe(status);
    expect(refused.body).toMatchObject({ statusCode: status, message: expect.any(String) });
    expect(refused.body).not.toHaveProperty('access_token');
  });

  test('refuses a wrong or missing header', async () => {
    expect((await ask(tokenPath(), 'wrong')).status).toBe(401);
    const bare = await fetch(identity.identityEndpoint + tokenPath());
    expect(bare.status).toBe(401);
  });

  test('hands a token to the stock DefaultAzureCredential', async () => {
    const script = `
      import { DefaultAzureCredential } from '@azure/identity';
      const { token, expiresOnTimestamp } = await new DefaultAzureCredential().getToken('${arm}/.default');
      process.stdout.write(JSON.stringify({ token, expiresOnTimestamp }));`;
    const { PATH = '' } = process.env;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script],
      {
        env: {
          PATH,
          IDENTITY_ENDPOINT: identity.identityEndpoint,
          IDENTITY_HEADER: identity.identityHeader,
        },
      },
    );
    const { token, expiresOnTimestamp } = JSON.parse(stdout) as {
      token: string;
      expiresOnTimestamp: number;
    };
    expect(identity.verify(token, arm)).toBe(true);
    expect(expiresOnTimestamp).toBe(Number(readClaims(token)['exp']) * 1_000);
  });
});

describe('verifying a token', () => {
  test('refuses another audience, a changed claim, a changed signature and what is no token', () => {
    const token = identity.issue(arm);
    const [head = '', claims = '', signature = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...readClaims(token), oid: 'me' })).toString(
      'base64url',
    );
    const unsigned = Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url');
    expect(identity.verify(token, arm)).toBe(true);
    expect(identity.verify(token, 'https://graph.microsoft.com')).toBe(false);
    expect(identity.verify(`${head}.${forged}.${signature}`, arm)).toBe(false);
    expect(identity.verify(`${head}.${claims}.${'A'.repeat(342)}`, arm)).toBe(false);
    expect(identity.verify(`${unsigned}.${claims}.`, arm)).toBe(false);
    expect(identity.verify(`${token}.more`, arm)).toBe(false);
    expect(identity.verify('', arm)).toBe(false);
  });

  test('refuses a token of another authority', async () => {
    const other = await startManagedIdentity({ host: '127.0.0.1', port: 0, audiences: [arm] });
    expect(identity.verify(other.issue(arm), arm)).toBe(false);
    await other.close();
  });
});
