import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { startFront } from '../../../lab/playground/front.ts';
import { people } from '../../../lab/playground/people.ts';

test('closes while a browser keeps a websocket open', async () => {
  const playground = createServer();
  const upgraded = Promise.withResolvers<Duplex>();
  playground.on('upgrade', (_request, socket) => {
    upgraded.resolve(socket);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    );
  });
  playground.listen(0, '127.0.0.1');
  await once(playground, 'listening');
  const playgroundUrl = `http://127.0.0.1:${(playground.address() as AddressInfo).port}`;
  const front = await startFront({
    host: '127.0.0.1',
    port: 0,
    playgroundUrl,
    messagesUrl: playgroundUrl,
  });
  const browser = connect(Number(new URL(front.url).port), '127.0.0.1');
  browser.write(
    'GET /stream HTTP/1.1\r\nhost: lab\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  );
  const [opened] = (await once(browser, 'data')) as [Buffer];
  expect(opened.toString()).toContain('101');
  const gone = once(browser, 'close');
  await front.close();
  await gone;
  (await upgraded.promise).destroy();
  playground.close();
});

test('asks the playground for a member by the id that it knows', async () => {
  const playground = createServer(({ url }, response) => void response.end(url));
  playground.listen(0, '127.0.0.1');
  await once(playground, 'listening');
  const playgroundUrl = `http://127.0.0.1:${(playground.address() as AddressInfo).port}`;
  const options = { host: '127.0.0.1', port: 0, playgroundUrl, messagesUrl: playgroundUrl };
  const front = await startFront(options);
  const members = `${front.connectorUrl}/v3/conversations/general/members`;
  const ask = async (id: string) => (await fetch(`${members}/${id}`)).text();
  for (const { id, aadObjectId } of people) expect(await ask(aadObjectId)).toBe(await ask(id));
  const stranger = '11111111-0000-4000-8000-000000000001';
  expect(await ask(stranger)).toContain(stranger);
  await front.close();
  playground.close();
});
