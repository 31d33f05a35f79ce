import type { IncomingMessage } from 'node:http';
import { StatusError } from '#lab/control-plane/api-server/status-error.ts';
import type { RowObject } from '#lab/control-plane/api-server/table/table.ts';

/** How the client wants objects: as they are, or as rows of a Table. */
export type Form = { kind: 'objects' } | { kind: 'table'; rowObject: RowObject };

/** The first form in the Accept header that the server has. Throws StatusError 406 where it has none of them. */
export function acceptedForm(request: IncomingMessage, query: URLSearchParams): Form {
  for (const range of (request.headers.accept ?? '*/*').split(',')) {
    const [mediaType = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (!['application/json', 'application/*', '*/*'].includes(mediaType)) continue;
    const form = parameters.find((parameter) => parameter.startsWith('as='));
    if (form === undefined) return { kind: 'objects' };
    if (form === 'as=table' && parameters.includes('v=v1')) return { kind: 'table', rowObject: rowObjectOf(query) };
  }
  const message = 'only the following media types are accepted: application/json';
  throw new StatusError(406, 'NotAcceptable', message);
}

function rowObjectOf(query: URLSearchParams): RowObject {
  const wanted = query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}
