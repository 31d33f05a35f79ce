import { Watch } from '@kubernetes/client-node';

/**
 * The library's watch, whose rejections nobody handles and so would end the process: where the server (or a proxy before
 * it) sends a line that is no event, and where the credentials cannot be read.
 */
export class GuardedWatch extends Watch {
  override async watch(
    path: string,
    queryParams: Record<string, string | number | boolean | undefined>,
    callback: (phase: string, object: unknown, event?: unknown) => void,
    done: (err: unknown) => void,
  ): Promise<AbortController> {
    const onEvent = (phase: string, object: unknown, event?: unknown) => {
      if (phase === 'ERROR' ? isRecord(object) : hasName(object)) callback(phase, object, event);
    };
    try {
      return await super.watch(path, queryParams, onEvent, done);
    } catch (err) {
      done(err);
      return new AbortController();
    }
  }
}

/** True for what has `metadata.name`, as every object in a list and in a watch without bookmarks. */
export function hasName(object: unknown): boolean {
  return isRecord(object) && isRecord(object.metadata) && typeof object.metadata.name === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
