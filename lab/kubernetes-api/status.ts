import type { ResourceDefinition } from './resources.ts';

export type StatusCause = { reason: string; message: string; field: string };
export type StatusDetails = {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
};

/** metav1.Status: how Kubernetes answers with an error, and with success where there is no object. */
export type Status = {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
};

type Failure = { code: number; reason: string; message: string; details?: StatusDetails };

/** A request that ends with a failure Status. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** A token to go on with, given with an expired one. */
  readonly continueToken: string | undefined;

  constructor(failure: Failure, continueToken?: string) {
    super(failure.message);
    this.name = 'ApiError';
    this.code = failure.code;
    this.reason = failure.reason;
    this.details = failure.details;
    this.continueToken = continueToken;
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

/** The answer to a request that succeeded and has no object to show. */
export function successStatus(fields: { code?: number; details?: StatusDetails } = {}): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...fields };
}

/** `pods`, `deployments.apps`: how messages name a resource. */
export function qualifiedName({ name, group }: ResourceDefinition): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf({ name: kind, group }: ResourceDefinition, name: string): StatusDetails {
  return { name, ...(group === '' ? {} : { group }), kind };
}

export function notFound(definition: ResourceDefinition, name: string): ApiError {
  return new ApiError({
    code: 404,
    reason: 'NotFound',
    message: `${qualifiedName(definition)} "${name}" not found`,
    details: detailsOf(definition, name),
  });
}

export function unknownPath(): ApiError {
  const message = 'the server could not find the requested resource';
  return new ApiError({ code: 404, reason: 'NotFound', message, details: {} });
}

export function methodNotAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function unauthorized(): ApiError {
  return new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: 'BadRequest', message });
}

export function forbidden(definition: ResourceDefinition, name: string, why: string): ApiError {
  return new ApiError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualifiedName(definition)} "${name}" is forbidden: ${why}`,
    details: detailsOf(definition, name),
  });
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return new ApiError({ code: 406, reason: 'NotAcceptable', message });
}

export function alreadyExists(definition: ResourceDefinition, name: string): ApiError {
  return new ApiError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualifiedName(definition)} "${name}" already exists`,
    details: detailsOf(definition, name),
  });
}

export function conflict(definition: ResourceDefinition, name: string, why: string): ApiError {
  return new ApiError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualifiedName(definition)} "${name}": ${why}`,
    details: detailsOf(definition, name),
  });
}

export function expired(message: string, continueToken?: string): ApiError {
  return new ApiError({ code: 410, reason: 'Expired', message }, continueToken);
}

export function bodyTooLarge(limitBytes: number): ApiError {
  const message = `Request entity too large: limit is ${limitBytes}`;
  return new ApiError({ code: 413, reason: 'RequestEntityTooLarge', message });
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiError({ code: 415, reason: 'UnsupportedMediaType', message });
}

/** 422 that names each wrong field. `kind` is the kind of the object, as `Pod`. */
export function invalid(
  subject: { kind: string; group: string; name: string },
  causes: StatusCause[],
): ApiError {
  const { kind, group, name } = subject;
  const problems = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`,
    details: { name, ...(group === '' ? {} : { group }), kind, causes },
  });
}

/** 422 for a patch that is well formed and cannot be applied. */
export function unprocessable(why: string): ApiError {
  const message = 'the server rejected our request due to an error in our request';
  const causes = [{ reason: 'UnexpectedServerResponse', message: why, field: '' }];
  return new ApiError({ code: 422, reason: 'Invalid', message, details: { causes } });
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError({
    code: 429,
    reason: 'TooManyRequests',
    message: 'Too many requests, please try again later.',
    details: { retryAfterSeconds },
  });
}

/** Whoever asks for a version that does not exist yet is told to wait for it. */
export function versionTooLarge(asked: number, current: string): ApiError {
  const why = 'Too large resource version';
  return new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: ${why}: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: why, field: '' }],
      retryAfterSeconds: 1,
    },
  });
}

export function internalError(why: string): ApiError {
  return new ApiError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${why}`,
    details: { causes: [{ reason: '', message: why, field: '' }] },
  });
}
