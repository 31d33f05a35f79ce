import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMessage, type Field, varint } from '#test/protobuf.ts';
import { MessageReader } from './message-reader.ts';

/** Every field with its value, as its type is. */
function readAll(bytes: Buffer): [number, unknown][] {
  const reader = new MessageReader(bytes);
  const read: [number, unknown][] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const isText = field % 2 === 1;
    read.push([field, isText ? reader.string() : reader.integer()]);
  }
  return read;
}

describe('a message', () => {
  it('is read as it was written, text in odd fields and whole numbers in even ones', () => {
    const number = fc.integer({ min: 1, max: 2 ** 28 });
    const text = fc.tuple(number, fc.string({ unit: 'grapheme' })).map(([n, value]): Field => [2 * n - 1, value]);
    const whole = fc.tuple(number, fc.maxSafeInteger()).map(([n, value]): Field => [2 * n, value]);
    fc.assert(
      fc.property(fc.array(fc.oneof(text, whole)), (fields) => {
        const want = fields.map(([n, value]) => [n, typeof value === 'string' ? value.toWellFormed() : value]);
        expect(readAll(encodeMessage(fields))).toEqual(want);
      }),
    );
  });

  it('is passed over where it is not asked for, whatever the type of the field', () => {
    const fixed32 = Buffer.from([(9 << 3) | 5, 1, 2, 3, 4]);
    const fixed64 = Buffer.from([(10 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    const bytes = Buffer.concat([
      fixed32,
      fixed64,
      encodeMessage([
        [2, 300],
        [3, 'no'],
        [5, 'yes'],
      ]),
    ]);
    const reader = new MessageReader(bytes);
    const numbers = Array.from({ length: 6 }, () => reader.next());
    expect(numbers).toEqual([9, 10, 2, 3, 5, 0]);
  });

  it('never reads beyond its end, and ends in an error or in itself, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = new MessageReader(Buffer.from(bytes));
        try {
          while (reader.next() !== 0);
        } catch (err) {
          expect((err as Error).message).toMatch(/^protobuf: the message /);
        }
      }),
    );
  });

  it.each([
    ['a number that does not end', Buffer.from([0x08, 0x80]), /ends within a number/],
    ['a number of 11 bytes', Buffer.from([0x08, ...Array(11).fill(0x80), 0]), /more than 64 bits/],
    ['text that is longer than the message', Buffer.from([0x0a, 5, 65]), /ends within a field/],
    ['text of a negative length', Buffer.concat([Buffer.from([0x0a]), varint(-1)]), /ends within a field/],
    ['a field of number 0', encodeMessage([[0, 'x']]), /a field without a number/],
    ['a group, which Kubernetes has none of', Buffer.from([0x0b]), /wire type 3/],
  ])('is refused with %s', (_what, bytes, message) => {
    expect(() => readAll(bytes)).toThrow(message);
  });

  it('is refused where a field is of another type than is asked for', () => {
    const reader = new MessageReader(encodeMessage([[1, 7]]));
    reader.next();
    expect(() => reader.string()).toThrow(/wire type 0, wanted 2/);
  });
});
