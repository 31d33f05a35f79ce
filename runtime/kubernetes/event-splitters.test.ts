import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitFrames, splitLines, type TakeChunk } from '#runtime/kubernetes/event-splitters.ts';

/** The bytes in chunks of these sizes, over and over. */
function feed(take: TakeChunk, bytes: Buffer, sizes: readonly number[]): void {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    take(bytes.subarray(at, at + size));
    at += size;
  }
}

function frame(body: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('the body of a watch', () => {
  it('is told line by line, however it is cut into chunks', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
    fc.assert(
      fc.property(fc.array(line), line, sizes, (lines, begun, cut) => {
        const told: string[] = [];
        const text = lines.map((each) => `${each}\n`).join('') + begun;
        feed(
          splitLines((each) => told.push(each)),
          Buffer.from(text),
          cut,
        );
        // Half of a surrogate pair is not text, and comes back as the sign for that.
        expect(told).toEqual(lines.map((each) => each.toWellFormed()));
      }),
    );
  });

  it('is told frame by frame, however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), fc.nat(3), sizes, (frames, begun, cut) => {
        const told: Uint8Array[] = [];
        const whole = Buffer.concat(frames.map(frame));
        feed(
          splitFrames((each) => told.push(new Uint8Array(each))),
          Buffer.concat([whole, Buffer.alloc(begun)]),
          cut,
        );
        expect(told).toEqual(frames);
      }),
    );
  });

  it('takes a frame of many chunks whole', () => {
    const large = Buffer.alloc(3_000_000, 'x');
    const told: Buffer[] = [];
    feed(
      splitFrames((each) => told.push(each)),
      frame(large),
      [16_384],
    );
    expect(told.map((each) => each.equals(large))).toEqual([true]);
  });

  it('is refused where a frame says that it is larger than any object', () => {
    const take = splitFrames(() => {});
    expect(() => take(Buffer.from('{"type":'))).toThrow(/a frame of 2065855609 bytes/);
  });
});
