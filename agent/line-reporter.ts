import type { Writable } from 'node:stream';
import type { Reporter } from '#agent/reporter.ts';

/** Writes each measurement as one line of JSON, as it comes, with the node that measured in front. */
export function createLineReporter(node: string, out: Writable): Reporter {
  const write = (content: object) => void out.write(`${JSON.stringify({ node, ...content })}\n`);
  return {
    report: write,
    reportInterface: (reading) => write({ kind: 'interface', ...reading }),
    stop: async () => {},
  };
}
