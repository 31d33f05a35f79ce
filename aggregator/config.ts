import { z } from 'zod';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';
import { givenSettings } from '#runtime/settings.ts';

const schema = z.object({
  host: z.string().default('0.0.0.0'),
  port: z.coerce.number().int().min(0).max(65_535).default(8088),
  kubeconfig: z.string().optional(),
  writeIntervalMs: z.coerce.number().int().min(50).max(600_000).default(2000),
  /** Pods of this scheduler are looked at: whether they were scored before they were bound. */
  schedulerName: z.string().min(1).max(253).default(SCHEDULER_NAME),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});
export type AggregatorConfig = z.infer<typeof schema>;

const ENVIRONMENT = {
  host: 'NETAWARE_HOST',
  port: 'NETAWARE_PORT',
  writeIntervalMs: 'NETAWARE_WRITE_INTERVAL_MS',
  schedulerName: 'NETAWARE_SCHEDULER_NAME',
  logLevel: 'NETAWARE_LOG_LEVEL',
};

/** Flags win over the environment (NETAWARE_PORT and so on). Throws AppError INVALID_INPUT naming the setting. */
export function loadConfig(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): AggregatorConfig {
  return parseInput(schema, givenSettings(ENVIRONMENT, flags, env), 'aggregator settings');
}
