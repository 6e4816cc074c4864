/** A request that ends with the error of Azure Resource Manager: `{error: {code, message}}`. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ArmError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function badRequest(message: string, code = 'BadRequest'): ArmError {
  return new ArmError(400, code, message);
}

export function conflict(message: string): ArmError {
  return new ArmError(409, 'Conflict', message);
}

/** `type` with its namespace, `name` with the names of its parents. */
export function resourceNotFound(type: string, name: string, resourceGroup: string): ArmError {
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ArmError {
  return new ArmError(429, 'TooManyRequests', message, { 'retry-after': `${retryAfterSeconds}` });
}
