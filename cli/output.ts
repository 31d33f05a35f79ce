import { Option } from 'commander';
import { stringify } from 'yaml';

const FORMATS = ['table', 'json', 'yaml'] as const;
export type OutputFormat = (typeof FORMATS)[number];

/** `-o table|json|yaml` */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print the result').choices(FORMATS).default('table');
}

/** Writes the result to stdout: `value` as JSON or YAML, or the text that `table` makes of it. */
export function printResult<Value>(value: Value, format: OutputFormat, table: (value: Value) => string): void {
  const text =
    format === 'json' ? JSON.stringify(value, null, 2) : format === 'yaml' ? stringify(value).trimEnd() : table(value);
  process.stdout.write(`${text}\n`);
}

/** Columns padded to their widest cell, two spaces apart; numbers to the right, as kubectl does not but people want. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNumeric = header.map((_, column) => rows.every((row) => /^[~-]?[\d.]*%?$/.test(row[column] ?? '')));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
