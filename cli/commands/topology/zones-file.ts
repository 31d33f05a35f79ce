import { parse } from 'yaml';
import { z } from 'zod';
import { readText } from '#cli/commands/topology/rtt-matrix-file.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

const zonesByNode = z.record(z.string(), z.coerce.string().min(1));

/**
 * The zone of each of the nodes: of lines `node<TAB>zone`, or of YAML `node: zone` where the file ends in .yaml or .yml. Throws
 * AppError NOT_FOUND, or INVALID_INPUT also where a node is missing, there twice or not of these.
 */
export function readZones(file: string, names: readonly string[]): string[] {
  const text = readText(file);
  const zones = /\.ya?ml$/.test(file) ? fromYaml(text, file) : fromLines(text, file);
  const known = new Set(names);
  const stranger = [...zones.keys()].find((name) => !known.has(name));
  if (stranger !== undefined) throw refusal(file, `the matrix has no node ${JSON.stringify(stranger)}`);
  return names.map((name) => {
    const zone = zones.get(name);
    if (zone === undefined) throw refusal(file, `node ${JSON.stringify(name)} has no zone`);
    return zone;
  });
}

function fromYaml(text: string, file: string): Map<string, string> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    throw new AppError('INVALID_INPUT', `${file}: is not YAML: ${(cause as Error).message}`, { cause });
  }
  return new Map(Object.entries(parseInput(zonesByNode, content, file)));
}

function fromLines(text: string, file: string): Map<string, string> {
  const zones = new Map<string, string>();
  for (const [position, line] of text.split(/\r?\n/).entries()) {
    const [name, zone, ...rest] = line.split('\t');
    const where = `line ${position + 1}`;
    if (!name || !zone || rest.length > 0) throw refusal(file, `${where}: wanted node<TAB>zone`);
    if (zones.has(name)) throw refusal(file, `${where}: node ${JSON.stringify(name)} is there twice`);
    zones.set(name, zone);
  }
  return zones;
}

function refusal(file: string, problem: string): AppError {
  return new AppError('INVALID_INPUT', `${file}: ${problem}`);
}
