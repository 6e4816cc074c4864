import type { Request, Response } from 'botbuilder';
import { toChaosError } from '../domain/chaos-error.ts';
import { findRebuff, notTheChannel, tooMany, type Rebuff } from './admission.ts';
import { answerInvoke } from './answer-invoke.ts';
import type { TeamsAuth } from './create-adapter.ts';
import { createApplication, type ApplicationOptions } from './create-application.ts';
import { HeldAnswer, reply } from './held-answer.ts';
import { RateLimit } from './rate-limit.ts';

export type TeamsBotOptions = ApplicationOptions & { readonly auth: TeamsAuth };

export type TeamsBot = {
  /** Answers one POST of the channel. Never rejects. */
  handle(request: Request & IncomingBody, response: Response): Promise<void>;
};

type IncomingBody = {
  readonly body?: unknown;
  readonly socket?: { readonly remoteAddress?: string | undefined };
};

/** Whoever is turned away more often than this is not answered why any more. Those who may come in are not counted. */
const refusalLimit = { burst: 50, perSecond: 10 };

/** The way in from Teams: whoever is let in is handed to the application. */
export function createTeamsBot(options: TeamsBotOptions): TeamsBot {
  const { conversations, log, auth, clock } = options;
  const { adapter } = conversations;
  const app = createApplication(options);
  const refusals = new RateLimit(refusalLimit);
  const refuse = (request: IncomingBody, response: Response, rebuff: Rebuff) => {
    const within = refusals.take(request.socket?.remoteAddress ?? '', clock.now());
    const { status, error } = within ? rebuff : tooMany;
    reply(response, status, { error });
  };
  adapter.onTurnError = async (context, error) => {
    log.error({ error, activityType: context.activity.type }, 'A turn failed.');
    if (context.activity.type === 'invoke')
      await answerInvoke(context, { message: toChaosError(error).message });
  };
  return {
    async handle(request, response) {
      const { authorization } = request.headers as { authorization?: string };
      const rebuff = findRebuff(request.body, authorization, auth);
      if (rebuff) return refuse(request, response, rebuff);
      const answer = new HeldAnswer(response);
      let isKnown = false;
      await adapter.process(request, answer, async (context) => {
        isKnown = true;
        await app.run(context);
      });
      if (answer.code < 400) return reply(response, answer.code, answer.body);
      // What botbuilder says is for us, and it says 500 to a wrong signature.
      log.warn({ status: answer.code, reason: answer.body, isKnown }, 'An activity was refused.');
      if (isKnown) reply(response, answer.code, { error: 'The bot could not do this.' });
      else refuse(request, response, notTheChannel);
    },
  };
}
