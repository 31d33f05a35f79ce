/** A field of a message: its number, and text, bytes (of a message, too) or a whole number. */
export type Field = [number: number, value: string | Buffer | number];

/** A message in protobuf's wire format: https://protobuf.dev/programming-guides/encoding/ */
export function encodeMessage(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(([number, value]) => encodeField(number, value)));
}

function encodeField(number: number, value: string | Buffer | number): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** One event of a watch as kube-apiserver frames it. */
export function encodeWatchEvent(type: string, object: { apiVersion: string; kind: string; message: Buffer }): Buffer {
  const typeMeta = encodeMessage([
    [1, object.apiVersion],
    [2, object.kind],
  ]);
  const unknown = encodeMessage([
    [1, typeMeta],
    [2, object.message],
    [3, ''],
    [4, ''],
  ]);
  const extension = encodeMessage([[1, Buffer.concat([Buffer.from('k8s\0'), unknown])]]);
  const event = encodeMessage([
    [1, type],
    [2, extension],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
