import { z } from 'zod';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';
import { givenSettings, portSetting } from '#runtime/settings.ts';
import { isWholeKeyPair, KEY_PAIR_PROBLEM, SERVING_SETTINGS, SERVING_VARIABLES } from '#runtime/tls/settings.ts';

/** "namespace/name" of an object, as its two parts. */
const namespacedName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9.-]*$/, 'wanted NAMESPACE/NAME')
  .transform((text) => {
    const [namespace, name] = text.split('/') as [string, string];
    return { namespace, name };
  });
export type NamespacedName = z.infer<typeof namespacedName>;

const gateDelay = z.coerce.number().int().min(0).max(3_600_000);

const schema = z
  .object({
    host: z.string().default('0.0.0.0'),
    port: portSetting.default(8088),
    ...SERVING_SETTINGS,
    agentAudience: z.string().optional(),
    agentServiceAccount: namespacedName.optional(),
    extenderServiceAccount: namespacedName.optional(),
    agentService: namespacedName.optional(),
    kubeconfig: z.string().optional(),
    /** Pods of this scheduler are looked at: whether they were scored before they were bound. */
    schedulerName: z.string().min(1).max(253).default(SCHEDULER_NAME),
    /** Off where no extender reports to this aggregator: each of these pods would look as if it had not been scored. */
    auditBindings: z.stringbool().or(z.boolean()).default(true),
    /** How long pods wait behind the gate netaware.io/ordered: core/appgroup/gates.ts. */
    gateSettleMs: gateDelay.default(1000),
    gatePlanWaitMs: gateDelay.default(2000),
    gateDeadlineMs: gateDelay.default(30_000),
    gateLimitMs: gateDelay.default(300_000),
    /** One of scheduler-plugins' that is kept as the zones were measured; none where it is left out. */
    publishNetworkTopology: namespacedName.optional(),
    /** In larger clusters there are no metrics of single links and nodes, only of zones; 0: in none. */
    linkMetricsUpToNodes: z.coerce.number().int().min(0).max(10_000).default(50),
    writeIntervalMs: z.coerce.number().int().min(50).max(600_000).default(2000),
    driftThresholdPercent: z.coerce.number().min(1).max(100).default(10),
    driftAfterSeconds: z.coerce.number().int().min(1).max(86_400).default(300),
    logLevel: z.enum(LOG_LEVELS).default('info'),
  })
  .refine(isWholeKeyPair, KEY_PAIR_PROBLEM)
  .refine((given) => (given.agentAudience === undefined) === (given.agentServiceAccount === undefined), {
    path: ['agentServiceAccount'],
    error: 'give both --agent-audience and --agent-service-account, or neither',
  })
  .refine((given) => given.extenderServiceAccount === undefined || given.agentAudience !== undefined, {
    path: ['extenderServiceAccount'],
    error: 'tokens are asked for with --agent-audience: give it too',
  });
export type AggregatorConfig = z.infer<typeof schema>;

const ENVIRONMENT = {
  host: 'NETAWARE_HOST',
  port: 'NETAWARE_PORT',
  ...SERVING_VARIABLES,
  agentAudience: 'NETAWARE_AGENT_AUDIENCE',
  agentServiceAccount: 'NETAWARE_AGENT_SERVICE_ACCOUNT',
  extenderServiceAccount: 'NETAWARE_EXTENDER_SERVICE_ACCOUNT',
  agentService: 'NETAWARE_AGENT_SERVICE',
  gateSettleMs: 'NETAWARE_GATE_SETTLE_MS',
  gatePlanWaitMs: 'NETAWARE_GATE_PLAN_WAIT_MS',
  gateDeadlineMs: 'NETAWARE_GATE_DEADLINE_MS',
  gateLimitMs: 'NETAWARE_GATE_LIMIT_MS',
  publishNetworkTopology: 'NETAWARE_PUBLISH_NETWORK_TOPOLOGY',
  linkMetricsUpToNodes: 'NETAWARE_LINK_METRICS_UP_TO_NODES',
  writeIntervalMs: 'NETAWARE_WRITE_INTERVAL_MS',
  schedulerName: 'NETAWARE_SCHEDULER_NAME',
  auditBindings: 'NETAWARE_AUDIT_BINDINGS',
  driftThresholdPercent: 'NETAWARE_DRIFT_THRESHOLD_PERCENT',
  driftAfterSeconds: 'NETAWARE_DRIFT_AFTER_SECONDS',
  logLevel: 'NETAWARE_LOG_LEVEL',
};

/** Flags win over the environment (NETAWARE_PORT and so on). Throws AppError INVALID_INPUT naming the setting. */
export function loadConfig(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): AggregatorConfig {
  return parseInput(schema, givenSettings(ENVIRONMENT, flags, env), 'aggregator settings');
}
