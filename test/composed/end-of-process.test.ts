import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { approveRun, prepareBotProcess, type BotProcess } from '../support/composed/bot-process.ts';
import { cancel, start } from '../support/composed/long-fault.ts';

let bot: BotProcess;
const sockets: Socket[] = [];
beforeAll(async () => {
  bot = await prepareBotProcess(({ experiments }) => {
    // The absence between the two processes counts as time without sight, and a busy machine is long about it.
    const guards = { lostSight: '5m' };
    Object.assign(experiments['pod-failure'] ?? {}, { duration: '5m', guards });
  });
});
beforeEach(() => bot.start());
afterEach(async () => {
  bot.signal('SIGKILL');
  await bot.ended();
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => bot.close());

/** A client that sends this and then nothing more, and may read nothing of the answer. */
async function open(
  url: string,
  sent: string,
  { isReading }: { readonly isReading: boolean },
): Promise<{ isEnded(): boolean }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let isEnded = false;
  socket.on('error', () => undefined);
  socket.on('close', () => (isEnded = true));
  await once(socket, 'connect');
  // What is paused does not notice that the connection is closed.
  if (isReading) socket.resume();
  socket.write(sent);
  return { isEnded: () => isEnded };
}

const interrupted = /Conducting was interrupted/;

test('clients that send half a request or read nothing do not keep a run from being handed over', async () => {
  const runId = await approveRun(bot);
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  const metrics = 'GET /metrics HTTP/1.1\r\nhost: bot\r\n\r\n';
  await open(bot.url(), metrics.repeat(800), { isReading: false });
  // By the time this is answered, the other answers have filled what the two ends buffer.
  await fetch(`${bot.url()}/healthz`).then((answer) => answer.text());
  const head = 'host: bot\r\ncontent-type: application/json\r\ncontent-length: 100';
  const half = await open(bot.url(), `POST /api/messages HTTP/1.1\r\n${head}\r\n\r\n{`, {
    isReading: true,
  });
  bot.signal('SIGTERM');
  await bot.untilWritten(interrupted);
  expect(half.isEnded()).toBe(false);
  expect(await bot.ended()).toBe(0);
  expect(bot.output()).not.toMatch(/did not end cleanly|uncaught/i);

  await bot.start();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  await bot.say('stop');
  await bot.azure.until(cancel);
  await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}`));
  expect(bot.azure.find(start)).toHaveLength(1);
}, 300_000);

test('a process that can not listen says why, ends, and conducts nothing', async () => {
  const runId = await approveRun(bot);
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  bot.signal('SIGKILL');
  await bot.ended();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const reads = () => bot.azure.find(/\/executions\//).length;
  const before = reads();
  bot.launch({ PORT: String(port) });
  expect(await bot.ended()).not.toBe(0);
  other.close();
  expect(bot.output()).toContain(`PORT: ${port} on 127.0.0.1 is in use by another process.`);
  expect(reads()).toBe(before);

  await bot.start();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  await bot.azure.until(/\/executions\//, before + 1);
  await bot.say('stop');
  await bot.untilSaid(new RegExp(`■ Stopped[^]*${runId}`));
  expect(bot.azure.find(start).length).toBeLessThanOrEqual(2);
}, 300_000);
