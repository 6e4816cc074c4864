import { setTimeout as delay } from 'node:timers/promises';
import type { LoadOrder } from './loads.ts';

/** Makes one load until it is killed: `node make-load.ts ORDER`. In a process of its own, so that it delays nothing that is measured. */
const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;
process.on('disconnect', () => process.exit());
let said = 0;
/** As much as is let in: a body has 256 KB at most. */
const longestText = 250_000;
/** How many requests got each status: a load that nobody lets in measures nothing. */
const answered: Record<number, number> = {};
setInterval(() => process.send?.(answered), 200).unref();

switch (order.load) {
  case '16 readers of reports':
    await Promise.all(Array.from({ length: 16 }, (_, index) => read(order.reports, index)));
    break;
  case 'an audit over 2,000 runs':
    await repeat((index) => say('audit', index), 1_000);
    break;
  case '200 proposals at once':
    await repeat(async (round) => {
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => say('run pod-failure', 200 * round + index)),
      );
    }, 2_000);
    break;
  case 'a 90 MB list from Kubernetes':
    await repeat((index) => say('run huge-failure dry', index), 1_000);
    break;
  case 'a hostile sender':
    await Promise.all([...Array.from({ length: 8 }, (_, index) => shout(index)), flood()]);
    break;
  case 'nothing else':
    break;
}

async function read(reports: readonly string[], first: number): Promise<void> {
  for (let index = first; ; index += 1) {
    const link = reports[index % reports.length];
    if (!link) continue;
    const response = await fetch(link);
    count(response);
    await response.arrayBuffer();
  }
}

async function repeat(act: (count: number) => Promise<unknown>, pauseMs: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    await act(count);
    await delay(pauseMs);
  }
}

/**
 * The largest messages that are let in, as fast as they are answered, from a member with a valid token: texts that are slow to read for a careless parser, calls
 * to stop in a conversation where nothing runs, and a body of many small values.
 */
async function shout(person: number): Promise<never> {
  const fill = (part: string) => part.repeat(Math.floor(longestText / part.length));
  const messages: object[] = [
    { text: fill('<at') },
    { text: `run x a${fill(' =')}` },
    { text: fill('stop ') },
    { text: fill('help ') },
    { text: 'run pod-failure', value: Array.from({ length: 4_000 }, (_, index) => ({ index })) },
  ];
  return repeat((index) => send(messages[index % messages.length] ?? {}, person), 0);
}

function count(response: Response | undefined): void {
  const status = response?.status ?? 0;
  answered[status] = (answered[status] ?? 0) + 1;
}

/** Requests that nobody lets in: without a token that could be one, with one that only looks like it, and bodies that are no JSON. */
async function flood(): Promise<never> {
  const claims = Buffer.from('{"iss":"https://api.botframework.com"}').toString('base64url');
  const tokens = ['x'.repeat(2_000), `${claims}.${claims}.${'x'.repeat(300)}`];
  const post = (_: unknown, index: number) =>
    fetch(`${order.url}/api/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${tokens[index % tokens.length] ?? ''}`,
      },
      body: index % 3 === 0 ? '{'.repeat(200_000) : JSON.stringify(order.activity),
    }).then(count, () => undefined);
  return repeat(() => Promise.all(Array.from({ length: 32 }, post)), 0);
}

/** Somebody else each time: people have a limit on commands. */
async function say(text: string, person: number): Promise<void> {
  await send({ text }, person);
}

async function send(message: object, person: number): Promise<void> {
  said += 1;
  const id = `22222222-0000-4000-8000-${String(person).padStart(12, '0')}`;
  const body = {
    ...order.activity,
    id: `load-${said}`,
    ...message,
    from: { id: `29:${id}`, name: 'Load', aadObjectId: id },
    conversation: {
      id: '19:load@thread.tacv2',
      tenantId: '7d1f5c6e-0000-4000-8000-00000000aaaa',
      conversationType: 'channel',
    },
  };
  const response = await fetch(`${order.url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${order.token}` },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  count(response);
}
