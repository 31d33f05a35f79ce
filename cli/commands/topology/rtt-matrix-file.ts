import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { RttMatrix } from '#core/coordinates/evaluation/hidden-links.ts';
import { AppError } from '#core/errors.ts';

/** A matrix and the names of its nodes: their positions, from 0, where the file has none. */
export interface NamedMatrix {
  matrix: RttMatrix;
  names: readonly string[];
}

/**
 * Reads tab-separated round-trip times in milliseconds, a line for each origin; 0: the same node, or none was measured. A first
 * line without a number names the nodes. A file that ends in .gz is compressed. Throws AppError NOT_FOUND or INVALID_INPUT.
 */
export function readRttMatrix(file: string): NamedMatrix {
  const rows = readText(file)
    .split(/\r?\n/)
    .map((line) => line.split('\t'));
  const [first = []] = rows;
  const isNamed = first.length > 1 && first.every((cell) => Number.isNaN(Number(cell)));
  const cells = isNamed ? rows.slice(1) : rows;
  const names = isNamed ? first : cells.map((_, node) => String(node));
  const firstLine = isNamed ? 2 : 1;
  const refuse = (row: number, problem: string): never => {
    throw new AppError('INVALID_INPUT', `${file}: line ${row + firstLine}: ${problem}`);
  };
  if (new Set(names).size < names.length) refuse(-1, 'two nodes have the same name');
  if (cells.length !== names.length) {
    throw new AppError('INVALID_INPUT', `${file}: ${cells.length} rows for ${names.length} nodes: wanted as many`);
  }
  const rttMicroseconds = new Float64Array(names.length * names.length);
  for (const [row, line] of cells.entries()) {
    if (line.length !== names.length) {
      refuse(row, `${line.length} values in a matrix of ${names.length} rows, wanted ${names.length}`);
    }
    for (const [column, cell] of line.entries()) {
      const ms = cell.trim() === '' ? Number.NaN : Number(cell);
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
        refuse(row, `value ${column + 1}: wanted milliseconds, 0 or more, found ${JSON.stringify(cell)}`);
      }
      // What was measured is not nothing, however fast it was.
      rttMicroseconds[row * names.length + column] = ms === 0 ? 0 : Math.max(1, Math.round(ms * 1000));
    }
  }
  return { matrix: { nodeCount: names.length, rttMicroseconds }, names };
}

/** Without the line feeds at its end. */
export function readText(file: string): string {
  if (!existsSync(file)) throw new AppError('NOT_FOUND', `${file}: no such file`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
    if (file.endsWith('.gz')) bytes = gunzipSync(bytes);
  } catch (cause) {
    throw new AppError('INVALID_INPUT', `${file}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  const text = bytes.toString().replace(/[\r\n]+$/, '');
  if (text === '') throw new AppError('INVALID_INPUT', `${file}: is empty`);
  return text;
}
