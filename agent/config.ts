import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';
import { givenSettings } from '#runtime/settings.ts';

const agentConfig = z.object({
  node: field.nodeName.describe('The node that the agent runs on; in a cluster spec.nodeName of its pod.'),
  aggregatorUrl: z.url({ protocol: /^https?$/ }).describe('Where plans come from and reports go to.'),
  listenHost: z.string().min(1).default('0.0.0.0').describe('Health and metrics.'),
  listenPort: z.coerce.number().int().min(0).max(65_535).default(9464),
  spoolSize: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(20_000)
    .describe('Measurements kept while the aggregator is away; the oldest give way.'),
  iperf3BindAddress: z.union([z.ipv4(), z.ipv6()]).optional().describe('Where the bandwidth server listens.'),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});
export type AgentConfig = z.infer<typeof agentConfig>;

const ENVIRONMENT: Record<keyof AgentConfig, string> = {
  node: 'NETAWARE_NODE',
  aggregatorUrl: 'NETAWARE_AGGREGATOR_URL',
  listenHost: 'NETAWARE_LISTEN_HOST',
  listenPort: 'NETAWARE_LISTEN_PORT',
  spoolSize: 'NETAWARE_SPOOL_SIZE',
  iperf3BindAddress: 'NETAWARE_IPERF3_BIND_ADDRESS',
  logLevel: 'NETAWARE_LOG_LEVEL',
};

/** The agent's config from flags (named like the fields) and environment; a flag wins. Throws AppError INVALID_INPUT. */
export function loadConfig(
  flags: Record<string, string | undefined>,
  env: Record<string, string | undefined>,
): AgentConfig {
  // An empty variable is one that a manifest left open.
  const given = Object.entries(givenSettings(ENVIRONMENT, flags, env)).filter(([, value]) => value !== '');
  return parseInput(agentConfig, Object.fromEntries(given), 'agent config');
}
