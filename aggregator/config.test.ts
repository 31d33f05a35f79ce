import { describe, expect, it } from 'vitest';
import { loadConfig } from '#aggregator/config.ts';

describe('loadConfig', () => {
  it('has defaults for everything', () => {
    expect(loadConfig({}, {})).toEqual({
      host: '0.0.0.0',
      port: 8088,
      linkMetricsUpToNodes: 50,
      writeIntervalMs: 2000,
      driftThresholdPercent: 10,
      driftAfterSeconds: 300,
      schedulerName: 'netaware-scheduler',
      auditBindings: true,
      gateSettleMs: 1000,
      gatePlanWaitMs: 2000,
      gateDeadlineMs: 30_000,
      gateLimitMs: 300_000,
      logLevel: 'info',
    });
  });

  it('lets flags win over the environment', () => {
    const env = { NETAWARE_PORT: '1234', NETAWARE_WRITE_INTERVAL_MS: '500' };
    expect(loadConfig({ port: '4321', kubeconfig: undefined }, env)).toMatchObject({
      port: 4321,
      writeIntervalMs: 500,
    });
  });

  it.each([
    [{ port: 'http' }, {}, /aggregator settings: port: .*found "http"/],
    [{}, { NETAWARE_PORT: 'tcp://10.0.0.7:80' }, /port: .*enableServiceLinks: false in the pod's spec, found "tcp:/],
    [{ tlsCertFile: 'x' }, {}, /tlsPrivateKeyFile: give both --tls-cert-file and --tls-private-key-file, or neither/],
    [{ agentAudience: 'x' }, {}, /agentServiceAccount: give both --agent-audience and --agent-service-account/],
    [{}, { NETAWARE_AUDIT_BINDINGS: 'maybe' }, /auditBindings: .*found "maybe"/],
    [{}, { NETAWARE_GATE_DEADLINE_MS: '-1' }, /gateDeadlineMs: .*>=0.*/],
    [{ gateLimitMs: '5m' }, {}, /gateLimitMs: .*found "5m"/],
    [{}, { NETAWARE_PUBLISH_NETWORK_TOPOLOGY: 'x' }, /publishNetworkTopology: wanted NAMESPACE\/NAME, found "x"/],
    [{}, { NETAWARE_AGENT_SERVICE: 'agents' }, /agentService: wanted NAMESPACE\/NAME, found "agents"/],
  ])('names the setting that is wrong: %j %j', (flags, env, message) => {
    expect(() => loadConfig(flags, env)).toThrow(message);
  });

  it.each([
    [{ auditBindings: 'false' }, {}],
    [{}, { NETAWARE_AUDIT_BINDINGS: 'false' }],
  ])('switches the audit of bindings off: %j %j', (flags, env) => {
    expect(loadConfig(flags, env).auditBindings).toBe(false);
  });

  it('reads who agents are and where', () => {
    const flags = { agentAudience: 'netaware', agentServiceAccount: 'netaware/agent', agentService: 'netaware/agents' };
    expect(loadConfig(flags, {})).toMatchObject({
      agentServiceAccount: { namespace: 'netaware', name: 'agent' },
      agentService: { namespace: 'netaware', name: 'agents' },
    });
  });
});
