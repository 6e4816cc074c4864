import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { hasEnded, listLosses, openTalk, until, type Talk } from '../support/composed/talk.ts';
import { alex } from '../support/composed/teams.ts';

const alert = /✖ Aborting/;
const summary = /^Summary · /m;
const card = /^Worst case$/m;
const reminder = /◷ Expires in/;
const kinds = { alert, summary };

/** How Teams refuses the card's updates, the alert and the summary of one run, one answer after the other. */
const plays = [
  { name: 'throttled', updates: [429, 412], posts: [429, 412] },
  { name: 'gateway', updates: [502, 503], posts: [502, 503] },
  { name: 'timeout', updates: [404, 504], posts: [504, 429] },
] as const;
const reminders = [[429, 412], [502, 503], [504], [403]] as const;

let bot: ComposedBot;
const talks = new Map<string, Talk>();
const find = (name: string): Talk => {
  const talk = talks.get(name) ?? openTalk(bot, name);
  talks.set(name, talk);
  return talk;
};
const toName = (statuses: readonly number[]) => `reminder-${statuses.join('-')}`;

beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: (catalogue) => {
      Object.assign(catalogue.approvals, { expiresAfter: '2m' });
      Object.assign(catalogue.experiments['pod-failure'] ?? {}, {
        duration: '5m',
        guards: { lostSight: '30s', consecutiveFailures: 5 },
      });
    },
  });
  const remind = async (statuses: readonly number[]) => {
    const talk = find(toName(statuses));
    await talk.propose();
    talk.refuse('POST', statuses);
    await until(`a reminder in ${toName(statuses)}`, () => talk.said(reminder).length > 0);
  };
  await Promise.all([playRuns(), ...reminders.map(remind), rejectUnreminded()]);
}, 600_000);
afterAll(() => bot.close());

/** Teams throttles a reminder, and meanwhile the proposal is rejected. */
async function rejectUnreminded(): Promise<void> {
  const talk = find('rejected');
  const data = await talk.propose();
  talk.throttle(5);
  await until('a refused reminder', () => talk.asked('POST', /◷ Expires in/).length > 0);
  await bot.click('run.reject', data, undefined, talk.change);
  await until('a rejection', () => talk.said(/✖ Rejected/).length > 0);
}

/** One after the other, as one cluster takes them; what the first has to say may come later. */
async function playRuns(): Promise<void> {
  await playForbidden();
  for (const play of plays) await playRefused(play);
  await untilOver(find('forbidden'));
}

/** Teams says three times, to whatever comes, that the bot may not speak there: that is believed, and asked again a minute later. */
async function playForbidden(): Promise<void> {
  const talk = find('forbidden');
  const runId = await startFault(talk);
  talk.refuse('', [403, 403, 403]);
  await abort(talk, () => isSilenced(talk));
  await until(`the end of ${runId}`, () => hasEnded(bot, runId));
}

const isSilenced = ({ conversationId }: Talk) =>
  bot.logged.some(
    ({ msg, ...fields }) =>
      msg.startsWith('Teams refuses messages to a conversation') &&
      fields['conversationId'] === conversationId,
  );

async function playRefused({ name, updates, posts }: (typeof plays)[number]): Promise<void> {
  const talk = find(name);
  const puts = talk.asked('PUT').length;
  await startFault(talk, () => talk.refuse('PUT', updates));
  await until(`updates in ${name}`, () => talk.asked('PUT').length > puts + updates.length);
  // By what they say: the summary may follow the alert at once, and a lost card is posted anew between them.
  talk.refuse('POST', posts, alert);
  talk.refuse('POST', posts, /Summary · /);
  await abort(talk, () => talk.said(alert).length > 0);
  await untilOver(talk);
}

async function startFault(talk: Talk, before: () => void = () => undefined): Promise<string> {
  const starts = bot.azure.find('/start?').length;
  const data = await talk.propose();
  before();
  await bot.click('run.approve', data, undefined, talk.change);
  await bot.azure.until('/start?', starts + 1);
  await until('a pod that fails', () => bot.failed.size > 0);
  return data.runId;
}

/** Fails predictions until the run aborts and something has come of it. */
async function abort(talk: Talk, isOver: () => boolean): Promise<void> {
  bot.scoring.refuse('POST', { status: 500 });
  await until(`an abort in ${talk.conversationId}`, isOver);
  bot.scoring.heal();
}

const untilOver = (talk: Talk) =>
  until(
    `the end of the run in ${talk.conversationId}`,
    () => talk.said(summary).length > 0 && isOver(talk),
  );

const isOver = (talk: Talk) => /✖ Aborted by a guard/.test(talk.said(card).at(-1)?.text ?? '');

describe.each(['forbidden', ...plays.map(({ name }) => name)])('a run (%s)', (name) => {
  test.each(Object.keys(kinds) as (keyof typeof kinds)[])('has its %s said once', (kind) => {
    expect(find(name).said(kinds[kind])).toHaveLength(1);
  });

  test('ends with its card in its last state', () => {
    expect(isOver(find(name))).toBe(true);
    expect(find(name).said(card)).toHaveLength(name === 'timeout' ? 2 : 1);
  });
});

test.each(plays)('Teams has refused all of it ($name)', ({ name, updates, posts }) => {
  const statuses = (requests: ReturnType<Talk['asked']>) =>
    requests.map(({ status }) => status).filter((status = 0) => status >= 400);
  const talk = find(name);
  expect(statuses(talk.asked('PUT'))).toEqual(updates);
  expect(statuses(talk.asked('POST', /✖ Aborting/))).toEqual(posts);
  expect(statuses(talk.asked('POST', /Summary · /))).toEqual(posts);
});

test('a card that somebody deleted is posted anew once, and updated there from then on', () => {
  const talk = find('timeout');
  const [deleted = '', anew = ''] = talk.said(card).map(({ id }) => id);
  const paths = talk.asked('PUT').map(({ path }) => path);
  expect(paths.filter((path) => path.endsWith(`/${deleted}`))).toHaveLength(1);
  expect(paths.filter((path) => path.endsWith(`/${anew}`)).length).toBeGreaterThan(1);
});

test.each(reminders.map((statuses) => [statuses.join(', then '), toName(statuses)] as const))(
  'a reminder that Teams refuses is said once (%s)',
  (_statuses, name) => {
    expect(find(name).said(reminder)).toHaveLength(1);
  },
);

test('a reminder that Teams has not taken before the decision is not said any more', () => {
  expect(find('rejected').said(reminder)).toEqual([]);
});

test('nothing was lost', () => {
  expect(listLosses(bot)).toEqual([]);
});

test('health names what was too large or not taken', async () => {
  const large = find('too-large');
  large.refuse('POST', [413]);
  await large.propose();
  const malformed = find('malformed');
  malformed.refuse('POST', [400, 400, 400]);
  await bot.say('status', alex, malformed.change);
  await until('a loss', () => listLosses(bot).length > 0);
  const elsewhere = find('health');
  await bot.say('health', alex, elsewhere.change);
  await until('an answer', () => elsewhere.said(/teams/).length > 0);
  const text = elsewhere.said(/teams/)[0]?.text;
  expect(text).toMatch(/The card of r-\w+ in .*too-large.* was shortened: Teams answered 413/);
  expect(text).toMatch(/An answer in .*malformed.* was not delivered: Teams answered 400/);
});
