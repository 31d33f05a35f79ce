import { parse } from 'yaml';
import { z } from 'zod';
import type { RttPlan } from '#agent/rtt-prober.ts';
import * as field from '#core/api/fields.ts';
import { probeAddress } from '#core/api/ip-address.ts';
import { probeSettings } from '#core/api/network-topology.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import type { Logger } from '#runtime/logger.ts';
import { readTextFile } from '#runtime/text-file.ts';
import { watchFiles } from '#runtime/watched-files.ts';

/** Agents listen here unless they are told otherwise. */
const AGENT_PORT = 9464;

const peer = z.strictObject({
  node: field.nodeName,
  address: probeAddress,
  tcpPort: z.int().min(1).max(65_535).default(AGENT_PORT),
});

const peersFile = z.strictObject({
  node: field.nodeName.optional(),
  probe: z
    .strictObject(probeSettings.pick({ intervalSeconds: true, packets: true, packetIntervalMilliseconds: true }).shape)
    .prefault({}),
  peers: z
    .array(peer)
    .min(1)
    .superRefine((peers, context) => {
      for (const [index, { node }] of peers.entries()) {
        if (peers.findIndex((other) => other.node === node) === index) continue;
        context.addIssue({ code: 'custom', path: [index, 'node'], message: 'there is one of that name before it' });
      }
    }),
});

export interface FilePlan extends RttPlan {
  node: string;
}

/**
 * The plan in a file, YAML or JSON: how to probe, the peers, and the node that it is for, unless `node` says it. The node
 * itself is left out of the peers, so that all machines may have the same file. Throws AppError NOT_FOUND where the file
 * cannot be read, INVALID_INPUT naming file and field.
 */
export function readPeersFile(path: string, node: string | undefined): FilePlan {
  const { node: named, probe, peers } = parseInput(peersFile, parseText(readTextFile(path), path), path);
  const own = node ?? named;
  if (own === undefined) throw new AppError('INVALID_INPUT', `${path}: node: missing, and not given by --node either`);
  return { node: own, probe, peers: peers.filter((one) => one.node !== own) };
}

/** `onPlan` gets the plan of the file each time that it changed. A file that turned bad changes nothing, and is logged. */
export function followPeersFile(options: {
  path: string;
  current: FilePlan;
  logger: Logger;
  onPlan: (plan: FilePlan) => void;
}): { stop(): void } {
  const { path, current, logger, onPlan } = options;
  let last = JSON.stringify(current);
  let lastProblem: string | undefined;
  return watchFiles([path], logger, () => {
    try {
      const plan = readPeersFile(path, current.node);
      lastProblem = undefined;
      if (JSON.stringify(plan) === last) return;
      last = JSON.stringify(plan);
      logger.info({ path, peers: plan.peers.length }, 'peers file was read again');
      onPlan(plan);
    } catch (err) {
      const reason = (err as Error).message;
      if (reason !== lastProblem) logger.error({ path, reason }, 'peers file is bad, the last good one stays in use');
      lastProblem = reason;
    }
  });
}

function parseText(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const [reason] = (cause as Error).message.split(/:?\n/);
    throw new AppError('INVALID_INPUT', `${path}: ${reason}`, { cause });
  }
}
