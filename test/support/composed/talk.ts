import { setTimeout as delay } from 'node:timers/promises';
import { readData, type ComposedBot } from './composed-bot.ts';
import type { FrontRequest, Mishap } from './front.ts';
import { alex, priya, tenantId, type Said } from './teams.ts';

/** A conversation of its own with the bot, in which Teams can be told to refuse. */
export type Talk = {
  readonly conversationId: string;
  /** What an activity needs to come from there. */
  readonly change: object;
  /** What stands there now and matches, oldest first. */
  said(pattern: RegExp): readonly Said[];
  /** Requests of this method to the connector whose body matches; all where Teams does not take them either. */
  asked(method: 'POST' | 'PUT', pattern?: RegExp): readonly FrontRequest[];
  /** Refuses the next requests of this method, or of both, one status after the other; only those whose body matches. */
  refuse(method: 'POST' | 'PUT' | '', statuses: readonly number[], body?: RegExp): void;
  /** Refuses every request until the connector is healed. */
  refuseAll(mishap: Mishap): void;
  /** Refuses the next post, which Teams would take after so many seconds. */
  throttle(retryAfterSeconds: number): void;
  /** Proposes as Alex; resolves with what the buttons of the proposal carry. */
  propose(command?: string): Promise<{ runId: string; digest: string }>;
  /** Proposes as Alex, and approves as Priya; resolves with the id of the run. */
  startRun(command?: string): Promise<string>;
};

export function openTalk(bot: ComposedBot, name: string): Talk {
  const conversationId = `19:${name}@thread.tacv2`;
  const path = `/v3/conversations/${encodeURIComponent(conversationId)}/activities`;
  const change = {
    conversation: { id: conversationId, tenantId, conversationType: 'channel', isGroup: true },
  };
  const talk: Talk = {
    conversationId,
    change,
    said: (pattern) =>
      bot
        .said()
        .filter((said) => said.conversationId === conversationId && pattern.test(said.text)),
    asked: (method, pattern = /(?:)/) =>
      bot.connector
        .find(`${method} ${path}`)
        .filter(({ body }) => pattern.test(JSON.stringify(body))),
    refuse(method, statuses, body) {
      const which = method ? `${method} ${path}` : path;
      for (const status of statuses.toReversed())
        bot.connector.refuse(which, toRefusal(status), 1, body);
    },
    throttle: (retryAfterSeconds) =>
      bot.connector.refuse(`POST ${path}`, toRefusal(429, retryAfterSeconds), 1),
    refuseAll: (mishap) => bot.connector.refuse(path, mishap),
    async propose(command = 'run pod-failure') {
      await bot.say(command, alex, change);
      const find = () => talk.said(/./).map(({ body }) => readData(body, 'run.approve'));
      await until(`a proposal in ${name}`, () => find().some(Boolean));
      return find().find((data) => data !== undefined) ?? { runId: '', digest: '' };
    },
    async startRun(command) {
      const data = await talk.propose(command);
      const answer = await bot.click('run.approve', data, priya, change);
      if (answer.status !== 200)
        throw new Error(`The approval was answered ${JSON.stringify(answer)}`);
      return data.runId;
    },
  };
  return talk;
}

/** What Teams answers: a status, with a `Retry-After` for 429. */
export function toRefusal(status: number, retryAfterSeconds = 1): Mishap {
  return {
    status,
    body: { error: { code: 'Refused', message: 'by the test' } },
    headers: status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {},
  };
}

/** Resolves once the condition holds; rejects with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean,
  timeoutMs = 120_000,
): Promise<void> {
  for (const giveUpAt = Date.now() + timeoutMs; !condition(); await delay(20))
    if (Date.now() > giveUpAt) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
}

/** Whether the bot has logged that a run has ended. */
export function hasEnded({ logged }: ComposedBot, runId: string): boolean {
  return logged.some(
    ({ msg, ...fields }) => msg === 'A run has ended.' && fields['runId'] === runId,
  );
}

/** What the bot has logged as lost. */
export function listLosses({ logged }: ComposedBot): readonly object[] {
  return logged.filter(({ msg }) => msg === 'A message was not delivered.');
}
