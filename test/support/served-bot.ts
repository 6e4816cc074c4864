import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createReportAnswerer } from '../../src/answer-report.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createReportLinks } from '../../src/report-links.ts';
import { toReport } from '../../src/reports/to-report.ts';
import type { UseCases } from '../../src/runs/use-cases.ts';
import { startServer, type HttpServer } from '../../src/server.ts';
import { createConversations, type ConversationsOptions } from '../../src/teams/conversations.ts';
import type { TeamsAuth } from '../../src/teams/create-adapter.ts';
import { createTeamsBot } from '../../src/teams/teams-bot.ts';

export const botId = '0b6f7e1c-2f5d-4d0e-9b39-6f5f0a1c2d3e';
export const tenantId = '7d1f5c6e-0000-4000-8000-00000000aaaa';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = {
  now: () => Date.now(),
  sleep: (durationMs: number) => delay(durationMs, undefined, { ref: false }),
};

const unavailable = () =>
  Promise.reject(
    new ChaosError('store-unavailable', 'The database does not answer.', {
      suggestion: 'Look at its log.',
    }),
  );

/** The answers of a bot whose database is gone, but for what needs none. */
export const brokenUseCases: UseCases = {
  propose: unavailable,
  preview: unavailable,
  dryRun: unavailable,
  decide: unavailable,
  stop: unavailable,
  freeze: unavailable,
  unfreeze: unavailable,
  find: unavailable,
  status: unavailable,
  history: unavailable,
  prepare: unavailable,
  audit: unavailable,
  journal: unavailable,
  summarize: unavailable,
  experiments: () => [],
  services: () => [],
  health: () => Promise.resolve({ at: clock.now(), checks: [] }),
};

/** The way in from Teams over HTTP on a free port, before these use cases. */
export function serveBot(
  auth: TeamsAuth,
  useCases: UseCases,
  more: Partial<Pick<ConversationsOptions, 'slash' | 'limits'>> = {},
): Promise<HttpServer> {
  const messages = {
    find: () => Promise.resolve(undefined),
    save: () => Promise.resolve(),
    undelivered: () => Promise.resolve([]),
  };
  const conversations = createConversations({
    auth,
    slash: true,
    messages,
    clock,
    steady: clock,
    log: silent,
    ...more,
  });
  const bot = createTeamsBot({
    auth,
    useCases,
    conversations,
    clock,
    steady: clock,
    log: silent,
  });
  return startServer({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(),
    log: silent,
    health: () => useCases.health(),
    freeze: (request) => useCases.freeze(request),
    answerReport: createReportAnswerer({
      links: createReportLinks({ key: randomBytes(32), publicUrl: 'http://127.0.0.1', clock }),
      read: async (runId) => toReport(await useCases.journal(runId), { version: 'test' }),
    }),
    isOpen: auth.mode === 'off',
    refuseMessage: (request) => bot.refuse(request),
    handleMessages: (request, response) => bot.handle(request, response),
  });
}

let count = 0;

/** An activity as Teams sends it, in a personal chat, from somebody called Alex. */
export function toActivity(serviceUrl: string, change: object = {}) {
  count += 1;
  return {
    type: 'message',
    id: `activity-${count}`,
    channelId: 'msteams',
    serviceUrl,
    text: 'help',
    from: { id: '29:alex', name: 'Alex', aadObjectId: '11111111-0000-4000-8000-000000000001' },
    recipient: { id: botId, name: 'Chaos Marshal' },
    conversation: { id: '19:chaos', tenantId, conversationType: 'personal' },
    ...change,
  };
}

/** Delivers an activity, or anything else, as the channel does. */
export async function deliver(url: string, body: unknown, token?: string) {
  const response = await fetch(`${url}/api/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}
