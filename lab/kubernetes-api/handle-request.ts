import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { toApiRequest, type ApiRequest } from './api-request.ts';
import { negotiateView } from './media-types.ts';
import { StoreError } from './object-store.ts';
import { presenterFor, type Presenter } from './present.ts';
import { resourceDefinitions } from './resources.ts';
import { answerRequest, type ApiContext } from './routes.ts';
import { sendAnswer, sendError, setCommonHeaders } from './send-answer.ts';
import { ApiError, alreadyExists, internalError, invalid, notFound } from './status.ts';

type Watch = Extract<Answer, { kind: 'watch' }>;

export type HandlerOptions = {
  readonly context: ApiContext;
  /** Throws the ApiError for a request that is not let in. */
  readonly admit: (message: IncomingMessage) => void;
  readonly startWatch: (
    watch: Watch,
    io: { response: ServerResponse; presenter: Presenter },
  ) => void;
};

/** Takes one HTTP request from reading to answer; every failure becomes a Status. Never rejects. */
export async function handleRequest(
  options: HandlerOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  setCommonHeaders(response);
  try {
    options.admit(message);
    const request = toApiRequest(message);
    const answer = await answerRequest(options.context, request);
    if (response.destroyed) return;
    respond(options, { answer, request }, response);
  } catch (error) {
    if (response.destroyed) return;
    if (response.headersSent) response.destroy();
    else sendError(response, toApiError(error));
  }
}

function respond(
  options: HandlerOptions,
  { answer, request }: { answer: Answer; request: ApiRequest },
  response: ServerResponse,
): void {
  const view = negotiateView(hasForms(answer) ? request.accept : undefined);
  const presenter = presenterFor(view, request.query);
  if (answer.kind === 'watch') options.startWatch(answer, { response, presenter });
  else sendAnswer(response, answer, { presenter, format: view.format });
}

function hasForms({ kind }: Answer): boolean {
  return kind === 'object' || kind === 'list' || kind === 'watch';
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) return fromStoreError(error);
  return internalError(error instanceof Error ? error.message : String(error));
}

function fromStoreError({ reason, resource, objectName, message }: StoreError): ApiError {
  const definition = resourceDefinitions[resource];
  if (reason === 'NotFound') return notFound(definition, objectName);
  if (reason === 'AlreadyExists') return alreadyExists(definition, objectName);
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'metadata.name' }];
  return invalid({ ...definition, name: objectName }, causes);
}
