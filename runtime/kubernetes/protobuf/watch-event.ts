import { AppError } from '#core/errors.ts';
import { MessageReader } from './message-reader.ts';

// Kubernetes' own messages: k8s.io/apimachinery/pkg/{apis/meta/v1,runtime}/generated.proto

/** Before every object that is not inside another. */
const MAGIC = Buffer.from('k8s\0');

/** One event of a watch. */
export interface WatchEvent {
  type: string;
  object: object;
}

/** Reads what follows `apiVersion` and `kind` of an object, as the API server would write it in JSON. */
export type ReadObject = (message: MessageReader) => object;

/**
 * Reads one event of a watch in protobuf. `readObject` is given objects of the resource; the Status of an ERROR is read here.
 * Throws AppError INVALID_INPUT where it is no such event.
 */
export function readWatchEvent(frame: Buffer, readObject: ReadObject): WatchEvent {
  const event = new MessageReader(frame);
  let type = '';
  let object: object | undefined;
  for (let field = event.next(); field !== 0; field = event.next()) {
    if (field === 1) type = event.string();
    else if (field === 2) object = readRawExtension(event.message(), readObject);
  }
  if (object === undefined) throw new AppError('INVALID_INPUT', `protobuf: an event "${type}" without an object`);
  return { type, object };
}

function readRawExtension(extension: MessageReader, readObject: ReadObject): object | undefined {
  let object: object | undefined;
  for (let field = extension.next(); field !== 0; field = extension.next()) {
    if (field === 1) object = readUnknown(extension.bytes(), readObject);
  }
  return object;
}

/** `runtime.Unknown`: the type of an object, and its bytes. */
function readUnknown(bytes: Buffer, readObject: ReadObject): object {
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0) {
    throw new AppError('INVALID_INPUT', 'protobuf: an object that does not begin with "k8s\\0"');
  }
  const unknown = new MessageReader(bytes, MAGIC.length);
  let type = { apiVersion: '', kind: '' };
  let message: MessageReader | undefined;
  for (let field = unknown.next(); field !== 0; field = unknown.next()) {
    if (field === 1) type = readTypeMeta(unknown.message());
    else if (field === 2) message = unknown.message();
  }
  message ??= new MessageReader(bytes, bytes.length);
  return { ...type, ...(type.kind === 'Status' ? readStatus(message) : readObject(message)) };
}

function readTypeMeta(meta: MessageReader): { apiVersion: string; kind: string } {
  let apiVersion = '';
  let kind = '';
  for (let field = meta.next(); field !== 0; field = meta.next()) {
    if (field === 1) apiVersion = meta.string();
    else if (field === 2) kind = meta.string();
  }
  return { apiVersion, kind };
}

function readStatus(status: MessageReader): { message: string; reason: string; code: number } {
  const read = { message: '', reason: '', code: 0 };
  for (let field = status.next(); field !== 0; field = status.next()) {
    if (field === 3) read.message = status.string();
    else if (field === 4) read.reason = status.string();
    else if (field === 6) read.code = status.integer();
  }
  return read;
}
