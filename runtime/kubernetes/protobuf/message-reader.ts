import { AppError } from '#core/errors.ts';

// The wire format: https://protobuf.dev/programming-guides/encoding/

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const TWO_TO_32 = 2 ** 32;

/**
 * Reads a protobuf message field by field: `next` goes to the next one, and what is not asked for is passed over. Every
 * method throws AppError INVALID_INPUT where the bytes are no message, or the field is of another type.
 */
export class MessageReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  /** Where the next field begins. */
  #position: number;
  #wireType = VARINT;
  #valueStart = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** The number of the next field; 0 where there is none. */
  next(): number {
    if (this.#position === this.#end) return 0;
    const tag = this.#varint();
    this.#wireType = tag % 8;
    this.#valueStart = this.#position;
    this.#position = this.#endOfValue();
    if (this.#position > this.#end) throw malformed('ends within a field');
    const field = Math.trunc(tag / 8);
    if (field < 1) throw malformed('has a field without a number');
    return field;
  }

  string(): string {
    this.#demand(LENGTH_DELIMITED);
    return this.#bytes.toString('utf8', this.#valueStart, this.#position);
  }

  bytes(): Buffer {
    this.#demand(LENGTH_DELIMITED);
    return this.#bytes.subarray(this.#valueStart, this.#position);
  }

  message(): MessageReader {
    this.#demand(LENGTH_DELIMITED);
    return new MessageReader(this.#bytes, this.#valueStart, this.#position);
  }

  /** Of an int32 or int64; beyond 2^53 not exact. */
  integer(): number {
    this.#demand(VARINT);
    const end = this.#position;
    this.#position = this.#valueStart;
    const value = this.#varint();
    this.#position = end;
    return value;
  }

  #demand(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed(`has wire type ${this.#wireType}, wanted ${wireType}`);
  }

  /** Of a length-delimited value the start is moved behind its length. */
  #endOfValue(): number {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        return this.#position;
      case FIXED_64:
        return this.#position + 8;
      case FIXED_32:
        return this.#position + 4;
      case LENGTH_DELIMITED: {
        const length = this.#varint();
        this.#valueStart = this.#position;
        return length < 0 ? Number.POSITIVE_INFINITY : this.#position + length;
      }
      default:
        throw malformed(`has wire type ${this.#wireType}`);
    }
  }

  /** Groups of 7 bits, the least significant first; a negative number is written as its 64-bit two's complement. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#end) throw malformed('ends within a number');
      const byte = this.#bytes[this.#position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return (high | 0) * TWO_TO_32 + (low >>> 0);
    }
    throw malformed('has a number of more than 64 bits');
  }
}

function malformed(problem: string): AppError {
  return new AppError('INVALID_INPUT', `protobuf: the message ${problem}`);
}
