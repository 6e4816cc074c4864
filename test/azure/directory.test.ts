import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDirectory } from '../../src/azure/directory.ts';
import type { ObjectId } from '../../src/domain/ids.ts';
import type { Membership } from '../../src/runs/ports/membership.ts';
import { createCertificateAuthority } from '../../lab/tls/certificate-authority.ts';
import { approver } from '../support/proposal.ts';

type Asked = { path: string; authorization: string; groupIds: string[] };
type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'cut';

let asked: Asked[];
/** What the next calls are answered, before all is well again. */
let script: Answer[];
let inGroups: string[];
let directory: Membership;
let close: () => void;

beforeAll(async () => {
  const authority = await createCertificateAuthority('Local Graph');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.caPem]);
  const answerNext = async (request: IncomingMessage, response: ServerResponse) => {
    const { groupIds } = (await json(request)) as { groupIds: string[] };
    const { authorization = '' } = request.headers;
    asked.push({ path: request.url ?? '', authorization, groupIds });
    const answer = script.shift();
    if (answer === 'hang') return;
    if (answer === 'cut') return void request.socket.destroy();
    const { status, body, headers } = answer ?? {
      status: 200,
      body: { value: groupIds.filter((id) => inGroups.includes(id)) },
    };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  };
  const server = createServer(
    await authority.issue(['127.0.0.1']),
    (request, response) => void answerNext(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  directory = createDirectory({
    graphUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    credential: {
      getToken: (scopes) =>
        Promise.resolve({
          token: `for ${String(scopes)}`,
          expiresOnTimestamp: Date.now() + 3_600_000,
        }),
    },
  });
});
afterAll(() => close());
beforeEach(() => {
  asked = [];
  script = [];
  inGroups = [];
});

const toIds = (count: number) =>
  Array.from({ length: count }, (_, index) => `group-${index}` as ObjectId);

describe('the directory', () => {
  test('is asked of which of the groups somebody is a member, with a token for it', async () => {
    inGroups = ['group-1', 'group-9'];
    expect(await directory.memberOf(approver, toIds(3))).toEqual(['group-1']);
    expect(asked).toEqual([
      {
        path: `/v1.0/users/${approver.id}/checkMemberGroups`,
        authorization: 'Bearer for https://graph.microsoft.com/.default',
        groupIds: ['group-0', 'group-1', 'group-2'],
      },
    ]);
  });

  test('is asked for twenty groups at a time', async () => {
    inGroups = ['group-3', 'group-44'];
    expect(await directory.memberOf(approver, toIds(45))).toEqual(['group-3', 'group-44']);
    expect(asked.map(({ groupIds }) => groupIds.length)).toEqual([20, 20, 5]);
  });

  test('is asked again when it is busy', async () => {
    inGroups = ['group-0'];
    script = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }];
    expect(await directory.memberOf(approver, toIds(1))).toEqual(['group-0']);
    expect(asked).toHaveLength(3);
  });

  test('is asked anew for each click: whoever has left a group is out', async () => {
    inGroups = ['group-0'];
    expect(await directory.memberOf(approver, toIds(1))).toEqual(['group-0']);
    inGroups = [];
    expect(await directory.memberOf(approver, toIds(1))).toEqual([]);
  });

  test('gives no group that was not asked for', async () => {
    script = [{ status: 200, body: { value: ['group-0', 'global-admins'] } }];
    expect(await directory.memberOf(approver, toIds(1))).toEqual(['group-0']);
  });

  test.each([
    ['refuses the bot', [{ status: 403 }], /may not read/],
    ['does not know the person', [{ status: 404 }], /does not know this person/],
    ['fails', [{ status: 500 }, { status: 500 }, { status: 500 }], /answered 500/],
    ['stays busy', [{ status: 429 }, { status: 429 }, { status: 429 }], /answered 429/],
    ['answers nonsense', [{ status: 200, body: '<html>' }], /could not be read/],
    ['answers something else', [{ status: 200, body: { value: 7 } }], /could not be read/],
    ['hangs', ['hang'], /did not answer/],
    ['breaks off', ['cut', 'cut', 'cut', 'cut'], /did not answer/],
  ] as [string, Answer[], RegExp][])('that %s lets nobody in', async (_what, answers, why) => {
    script = answers;
    inGroups = ['group-0'];
    await expect(directory.memberOf(approver, toIds(1))).rejects.toMatchObject({
      code: 'membership-unknown',
      message: expect.stringMatching(why),
    });
  });
});
