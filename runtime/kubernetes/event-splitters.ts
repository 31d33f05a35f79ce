import { AppError } from '#core/errors.ts';

/** Takes the body of a watch chunk by chunk, as it comes. */
export type TakeChunk = (chunk: Buffer) => void;

const NEWLINE = 0x0a;
/** Of a frame: its length, a 32-bit integer, the most significant byte first. */
const HEADER_BYTES = 4;
/** etcd takes no object beyond 1.5 MB: a frame that says it is longer than this is none. */
const MOST_FRAME_BYTES = 16 * 1024 * 1024;

/** Calls `onLine` with each line, once it is whole. */
export function splitLines(onLine: (line: string) => void): TakeChunk {
  let begun: Buffer[] = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end);
      const line = begun.length === 0 ? piece : Buffer.concat([...begun, piece]);
      begun = [];
      start = end + 1;
      onLine(line.toString());
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  };
}

/** Calls `onFrame` with each frame, once it is whole. Throws AppError INVALID_INPUT where a frame claims to be larger than any can be. */
export function splitFrames(onFrame: (frame: Buffer) => void): TakeChunk {
  let begun: Buffer[] = [];
  let length = 0;
  let wanted = HEADER_BYTES;
  return (chunk) => {
    begun.push(chunk);
    length += chunk.length;
    if (length < wanted) return;
    const data = begun.length === 1 ? chunk : Buffer.concat(begun);
    let start = 0;
    for (;;) {
      wanted = HEADER_BYTES;
      if (length - start < wanted) break;
      const size = data.readUInt32BE(start);
      if (size > MOST_FRAME_BYTES) throw new AppError('INVALID_INPUT', `a frame of ${size} bytes in a watch`);
      wanted += size;
      if (length - start < wanted) break;
      onFrame(data.subarray(start + HEADER_BYTES, start + wanted));
      start += wanted;
    }
    begun = start === length ? [] : [data.subarray(start)];
    length -= start;
  };
}
