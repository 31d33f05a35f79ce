import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';
import { givenSettings, portSetting } from '#runtime/settings.ts';

const schema = z
  .object({
    node: field.nodeName.optional().describe('The node that the agent runs on; in a cluster spec.nodeName of its pod.'),
    aggregatorUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where plans come from and reports go to.'),
    peersFrom: z
      .string()
      .optional()
      .describe('File with the plan; reports go to standard output without an aggregator.'),
    aggregatorCaFile: z
      .string()
      .optional()
      .describe("CAs of the aggregator's certificate, where Node trusts none of them."),
    tokenFile: z.string().optional().describe('ServiceAccount token that the agent shows the aggregator.'),
    listenHost: z.string().min(1).optional().describe('Health and metrics; every address where it is left out.'),
    listenPort: portSetting.default(9464),
    spoolSize: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(20_000)
      .describe('Measurements kept while the aggregator is away; the oldest give way.'),
    iperf3BindAddress: z.union([z.ipv4(), z.ipv6()]).optional().describe('Where the bandwidth server listens.'),
    logLevel: z.enum(LOG_LEVELS).default('info'),
  })
  .refine((given) => given.peersFrom !== undefined || given.node !== undefined, {
    path: ['node'],
    error: 'missing: give --node, or --peers-from a file that names it',
  })
  .refine((given) => given.peersFrom !== undefined || given.aggregatorUrl !== undefined, {
    path: ['aggregatorUrl'],
    error: 'missing: give --aggregator-url, or --peers-from a file with the peers',
  })
  .refine((given) => given.aggregatorCaFile === undefined || given.aggregatorUrl?.startsWith('https:'), {
    path: ['aggregatorCaFile'],
    error: "the aggregator's URL is not https",
  });
export type AgentConfig = z.infer<typeof schema>;

const ENVIRONMENT: Record<keyof AgentConfig, string> = {
  node: 'NETAWARE_NODE',
  aggregatorUrl: 'NETAWARE_AGGREGATOR_URL',
  peersFrom: 'NETAWARE_PEERS_FROM',
  aggregatorCaFile: 'NETAWARE_AGGREGATOR_CA_FILE',
  tokenFile: 'NETAWARE_TOKEN_FILE',
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
  return parseInput(schema, givenSettings(ENVIRONMENT, flags, env), 'agent config');
}
