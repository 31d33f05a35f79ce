import { parseDocument } from 'yaml';
import { z } from 'zod';
import { nodeName } from '#core/api/fields.ts';
import { type Quantity, quantity } from '#core/api/quantity.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import { readTextFile } from '#runtime/text-file.ts';

const MAX_NODES = 32;

const figures = {
  rttMs: z.number().min(0).max(10_000),
  jitterMs: z.number().min(0).max(1000).default(0),
  lossPercent: z.number().min(0).max(100).default(0),
  bandwidthMbps: z.number().min(0.1).max(10_000),
};

const link = z
  .strictObject({
    within: z.string().optional(),
    between: z.tuple([z.string(), z.string()]).optional(),
    ...figures,
  })
  .refine(({ within, between }) => (within === undefined) !== (between === undefined), {
    error: 'wanted either "within: ZONE" or "between: [ZONE or NODE, ZONE or NODE]"',
  });

const labFile = z.strictObject({
  zones: z.record(
    nodeName,
    z.strictObject({
      region: z.string().min(1).optional(),
      nodes: z.record(nodeName, z.strictObject({ cpu: quantity, memory: quantity })),
    }),
  ),
  links: z.array(link),
  mtu: z.int().min(576).max(9000).default(9000),
});
type LabFile = z.infer<typeof labFile>;

export interface LabNode {
  name: string;
  zone: string;
  region?: string | undefined;
  cpu: Quantity;
  memory: Quantity;
  /** 1, 2, … in the order of the file; addresses and device names come from it. */
  index: number;
}

/** One direction of a link. RTT, jitter and loss are of the round trip, as ping shows them. */
export interface LabLink {
  origin: string;
  destination: string;
  rttMs: number;
  jitterMs: number;
  lossPercent: number;
  bandwidthMbps: number;
}

export interface LabPlan {
  nodes: LabNode[];
  /** Every ordered pair of two nodes. */
  links: LabLink[];
  mtu: number;
}

/** Reads a lab file. Throws AppError naming the file, the field, what was found and what is wanted. */
export function loadLabFile(path: string): LabPlan {
  const document = parseDocument(readTextFile(path));
  const [error] = document.errors;
  if (error) throw new AppError('INVALID_INPUT', `${path}: ${error.message.split('\n')[0]}`, { cause: error });
  return planLab(parseInput(labFile, document.toJS(), path), path);
}

function planLab(file: LabFile, path: string): LabPlan {
  const fail = (message: string): never => {
    throw new AppError('INVALID_INPUT', `${path}: ${message}`);
  };
  const nodes = Object.entries(file.zones)
    .flatMap(([zone, { region, nodes: members }]) =>
      Object.entries(members).map(([name, capacity]) => ({ name, zone, region, ...capacity })),
    )
    .map((node, position): LabNode => ({ ...node, index: position + 1 }));
  if (nodes.length < 2 || nodes.length > MAX_NODES) {
    fail(`zones: wanted 2 to ${MAX_NODES} nodes in all, found ${nodes.length}`);
  }
  const zones = Object.keys(file.zones);
  const names = [...zones, ...nodes.map(({ name }) => name)];
  const [twice] = names.filter((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) fail(`zones: the name "${twice}" is there twice`);
  for (const [position, { within, between }] of file.links.entries()) {
    for (const end of between ?? [within ?? '']) {
      const known = within === undefined ? names : zones;
      if (!known.includes(end))
        fail(
          `links[${position}]: no ${within === undefined ? 'zone or node' : 'zone'} "${end}", known: ${known.join(', ')}`,
        );
    }
  }
  const links = nodes.flatMap((origin) =>
    nodes
      .filter((destination) => destination !== origin)
      .map(
        (destination) =>
          linkFor(file.links, origin, destination) ??
          fail(`links: none for ${origin.name} and ${destination.name} (zones ${origin.zone} and ${destination.zone})`),
      ),
  );
  return { nodes, links, mtu: file.mtu };
}

/** The most specific entry counts: two nodes before a node and a zone before two zones; of equals the last. */
function linkFor(entries: LabFile['links'], origin: LabNode, destination: LabNode): LabLink | undefined {
  let best: { specificity: number; entry: LabFile['links'][number] } | undefined;
  for (const entry of entries) {
    const [a, b] = entry.between ?? [entry.within ?? '', entry.within ?? ''];
    const specificity = Math.max(match(a, b, origin, destination), match(b, a, origin, destination));
    if (specificity >= 0 && specificity >= (best?.specificity ?? 0)) best = { specificity, entry };
  }
  if (!best) return undefined;
  const { rttMs, jitterMs, lossPercent, bandwidthMbps } = best.entry;
  return { origin: origin.name, destination: destination.name, rttMs, jitterMs, lossPercent, bandwidthMbps };
}

/** How many of the two ends are named as nodes; −1 where the entry is not about this pair. */
function match(a: string, b: string, origin: LabNode, destination: LabNode): number {
  const end = (name: string, node: LabNode) => (name === node.name ? 1 : name === node.zone ? 0 : Number.NaN);
  const specificity = end(a, origin) + end(b, destination);
  return Number.isNaN(specificity) ? -1 : specificity;
}
