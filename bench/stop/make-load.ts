import { setTimeout as delay } from 'node:timers/promises';
import type { LoadOrder } from './loads.ts';

/** Makes one load until it is killed: `node make-load.ts ORDER`. In a process of its own, so that it delays nothing that is measured. */
const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;
process.on('disconnect', () => process.exit());
let said = 0;

switch (order.load) {
  case '16 readers of reports':
    await Promise.all(Array.from({ length: 16 }, (_, index) => read(order.reports, index)));
    break;
  case 'an audit over 2,000 runs':
    await repeat((count) => say('audit', count), 1_000);
    break;
  case '200 proposals at once':
    await repeat(async (round) => {
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => say('run pod-failure', 200 * round + index)),
      );
    }, 2_000);
    break;
  case 'a 90 MB list from Kubernetes':
    await repeat((count) => say('run huge-failure dry', count), 1_000);
    break;
  case 'a hostile sender':
    await Promise.all([...Array.from({ length: 8 }, (_, index) => shout(index)), flood()]);
    break;
  case 'nothing else':
    break;
}

async function read(reports: readonly string[], first: number): Promise<void> {
  for (let count = first; ; count += 1) {
    const link = reports[count % reports.length];
    if (link) await fetch(link).then((response) => response.arrayBuffer());
  }
}

async function repeat(act: (count: number) => Promise<unknown>, pauseMs: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    await act(count);
    await delay(pauseMs);
  }
}

/** Long texts that are slow to read for a careless parser, from somebody with a valid token. */
async function shout(index: number): Promise<never> {
  const texts = ['<at'.repeat(60_000), `run x a${' ='.repeat(90_000)}`, 'stop '.repeat(40_000)];
  return repeat((count) => say(texts[count % texts.length] ?? '', index), 0);
}

/** Requests that nobody let in. */
async function flood(): Promise<never> {
  const post = () =>
    fetch(`${order.url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${'x'.repeat(2_000)}` },
      body: '{"type":"message"}',
    }).catch(() => undefined);
  return repeat(() => Promise.all(Array.from({ length: 32 }, post)), 0);
}

/** Somebody else each time: people have a limit on commands. */
async function say(text: string, person: number): Promise<void> {
  said += 1;
  const id = `22222222-0000-4000-8000-${String(person).padStart(12, '0')}`;
  const body = {
    ...order.activity,
    id: `load-${said}`,
    text,
    from: { id: `29:${id}`, name: 'Load', aadObjectId: id },
    conversation: {
      id: '19:load@thread.tacv2',
      tenantId: '7d1f5c6e-0000-4000-8000-00000000aaaa',
      conversationType: 'channel',
    },
  };
  await fetch(`${order.url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${order.token}` },
    body: JSON.stringify(body),
  }).catch(() => undefined);
}
