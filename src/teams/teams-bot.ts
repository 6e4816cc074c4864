import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'botbuilder';
import { toChaosError } from '../domain/chaos-error.ts';
import {
  findHeaderRejection,
  findRejection,
  notTheChannel,
  tooMany,
  type Rejection,
} from './admission.ts';
import { answerInvoke } from './answer-invoke.ts';
import type { TeamsAuth } from './create-adapter.ts';
import { createApplication, type ApplicationOptions } from './create-application.ts';
import { createOutsiderCheck } from './create-outsider-check.ts';
import { HeldAnswer, reply } from './held-answer.ts';
import { createIntakeLine, isUrgent } from './intake-line.ts';
import { RateLimit } from './rate-limit.ts';
import { toVocabulary } from './read-command.ts';
import { RefusalLog } from './refusal-log.ts';
import { createTokenCheck } from './token-check.ts';

export type TeamsBotOptions = Omit<ApplicationOptions, 'outsiders'> & { readonly auth: TeamsAuth };

export type TeamsBot = {
  /** Why a POST is refused by its headers alone, before its body is read. */
  refuse(request: Pick<IncomingMessage, 'headers' | 'socket'>): Rejection | undefined;
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
  const { conversations, log, auth, steady } = options;
  const { adapter } = conversations;
  const outsiders = createOutsiderCheck({
    clock: steady,
    ...(auth.mode === 'required' ? { findMember: conversations.findMember } : {}),
  });
  const app = createApplication({ ...options, outsiders });
  const refusals = new RateLimit(refusalLimit);
  const isWrongToken = createTokenCheck(auth);
  const unsigned = new RefusalLog({ clock: steady, log });
  const takeTurn = createIntakeLine();
  const vocabulary = toVocabulary(options.useCases);
  const limit = ({ socket }: IncomingBody, rejection: Rejection): Rejection =>
    refusals.take(socket?.remoteAddress ?? '', steady.now()) ? rejection : tooMany;
  const refuse = (request: IncomingBody, response: Response, rejection: Rejection) => {
    const { status, error } = limit(request, rejection);
    reply(response, status, { error });
  };
  adapter.onTurnError = async (context, error) => {
    log.error({ error, activityType: context.activity.type }, 'A turn failed.');
    if (context.activity.type === 'invoke')
      await answerInvoke(context, { message: toChaosError(error).message });
  };
  return {
    refuse({ headers, socket }) {
      const rejection = findHeaderRejection(headers.authorization, auth);
      return rejection && limit({ socket }, rejection);
    },
    async handle(request, response) {
      const { authorization } = request.headers as { authorization?: string };
      const rejection = findRejection(request.body, authorization, auth);
      if (rejection) return refuse(request, response, rejection);
      if (await isWrongToken(authorization)) {
        unsigned.add('The signature or the dates of the token are wrong.');
        return refuse(request, response, notTheChannel);
      }
      if (!isUrgent(request.body, vocabulary)) await takeTurn();
      const answer = new HeldAnswer(response);
      let isKnown = false;
      await adapter.process(request, answer, async (context) => {
        isKnown = true;
        await app.run(context);
      });
      if (answer.code < 400) return reply(response, answer.code, answer.body);
      // What botbuilder says is for us, and it says 500 to a wrong signature.
      if (!isKnown) {
        unsigned.add(answer.body);
        return refuse(request, response, notTheChannel);
      }
      log.warn({ status: answer.code, reason: answer.body }, 'An activity was refused.');
      reply(response, answer.code, { error: 'The bot could not do this.' });
    },
  };
}
