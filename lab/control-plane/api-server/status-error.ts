import { AppError, type AppErrorCode } from '#core/errors.ts';

/** What is wrong with one field: `field` is its path, `message` what follows the path in the answer. */
export interface FieldError {
  reason: `FieldValue${'Required' | 'Invalid' | 'NotSupported' | 'TooLong' | 'TooMany' | 'TypeInvalid' | 'Forbidden' | 'Duplicate'}`;
  field: string;
  message: string;
}

/** Kubernetes' answer to a request that failed. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure';
  message: string;
  reason: string;
  details?: Record<string, unknown>;
  code: number;
}

/** A request that is refused; `status` is the answer's body, and its `code` the HTTP status. */
export class StatusError extends AppError {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(errorCode(code), message);
    this.name = 'StatusError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** The names of a resource that messages need. */
interface Named {
  group: string;
  plural: string;
  kind: string;
}

export function notFound(type: Named, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(type, type.plural)} "${name}" not found`, detailsOf(type, name));
}

export function unknownPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(type: Named, name: string): StatusError {
  const message = `${qualified(type, type.plural)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(type, name));
}

export function conflict(type: Named, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(type, type.plural)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, detailsOf(type, name));
}

export function forbidden(type: Named, name: string, why: string): StatusError {
  const message = `${qualified(type, type.plural)} "${name}" is forbidden: ${why}`;
  return new StatusError(403, 'Forbidden', message, detailsOf(type, name));
}

export function invalid(type: Pick<Named, 'group' | 'kind'>, name: string, errors: FieldError[]): StatusError {
  const problems = errors.map(({ field, message }) => `${field}: ${message}`);
  const all = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  const details = { name, group: type.group, kind: type.kind, causes: errors };
  return new StatusError(422, 'Invalid', `${qualified(type, type.kind)} "${name}" is invalid: ${all}`, details);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** The resource version asked for is no longer known: the client has to list again. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function bodyTooLarge(limitBytes: number): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`);
}

function qualified({ group }: { group: string }, name: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf({ group, plural }: Named, name: string): Record<string, unknown> {
  return { name, ...(group === '' ? {} : { group }), kind: plural };
}

function errorCode(httpStatus: number): AppErrorCode {
  if (httpStatus === 404) return 'NOT_FOUND';
  if (httpStatus === 409) return 'CONFLICT';
  return httpStatus < 500 ? 'INVALID_INPUT' : 'FAILED';
}
