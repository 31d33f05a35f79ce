import { z } from 'zod';
import * as field from '#core/api/fields.ts';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';
import { givenSettings, portSetting } from '#runtime/settings.ts';

const schema = z
  .object({
    node: field.nodeName.describe('The node that the agent runs on; in a cluster spec.nodeName of its pod.'),
    aggregatorUrl: z.url({ protocol: /^https?$/ }).describe('Where plans come from and reports go to.'),
    aggregatorCaFile: z
      .string()
      .optional()
      .describe("CAs of the aggregator's certificate, where Node trusts none of them."),
    tokenFile: z.string().optional().describe('ServiceAccount token that the agent shows the aggregator.'),
    listenHost: z.string().min(1).default('0.0.0.0').describe('Health and metrics.'),
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
  .refine(
    ({ aggregatorUrl, aggregatorCaFile }) => aggregatorCaFile === undefined || aggregatorUrl.startsWith('https:'),
    {
      path: ['aggregatorCaFile'],
      error: "the aggregator's URL is not https",
    },
  );
export type AgentConfig = z.infer<typeof schema>;

const ENVIRONMENT: Record<keyof AgentConfig, string> = {
  node: 'NETAWARE_NODE',
  aggregatorUrl: 'NETAWARE_AGGREGATOR_URL',
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
