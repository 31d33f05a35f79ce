import { describe, expect, it } from 'vitest';
import { loadConfig } from '#agent/config.ts';

const ENV = { NETAWARE_NODE: 'node-a', NETAWARE_AGGREGATOR_URL: 'http://aggregator:8080' };

describe('loadConfig', () => {
  it('takes the node and the aggregator from the environment and defaults for the rest', () => {
    expect(loadConfig({}, ENV)).toEqual({
      node: 'node-a',
      aggregatorUrl: 'http://aggregator:8080',
      listenPort: 9464,
      spoolSize: 20_000,
      logLevel: 'info',
    });
  });

  it('prefers a flag, and takes an empty variable for none', () => {
    const env = { ...ENV, NETAWARE_LISTEN_PORT: '', NETAWARE_LOG_LEVEL: 'warn' };
    const config = loadConfig({ node: 'node-b', listenPort: undefined, logLevel: 'debug' }, env);
    expect(config).toMatchObject({ node: 'node-b', listenPort: 9464, logLevel: 'debug' });
  });

  it('needs neither node nor aggregator where a file has the plan', () => {
    expect(loadConfig({ peersFrom: 'peers.yaml' }, {})).toMatchObject({ peersFrom: 'peers.yaml' });
    expect(loadConfig({}, { NETAWARE_PEERS_FROM: 'peers.yaml' })).toMatchObject({ peersFrom: 'peers.yaml' });
  });

  it("tells what sets the port beside a Service of the agent's name", () => {
    const env = { ...ENV, NETAWARE_LISTEN_PORT: 'tcp://10.0.0.7:80' };
    expect(() => loadConfig({}, env)).toThrow(/^agent config: listenPort: .*enableServiceLinks: false.*"tcp:/);
  });

  it('takes files for TLS and the token, and a CA for https alone', () => {
    const files = { NETAWARE_AGGREGATOR_CA_FILE: '/tls/ca.crt', NETAWARE_TOKEN_FILE: '/token' };
    const env = { ...ENV, NETAWARE_AGGREGATOR_URL: 'https://aggregator', ...files };
    expect(loadConfig({}, env)).toMatchObject({ aggregatorCaFile: '/tls/ca.crt', tokenFile: '/token' });
    expect(() => loadConfig({}, { ...ENV, ...files })).toThrow(/aggregatorCaFile: the aggregator's URL is not https/);
  });

  it.each([
    { behaviour: 'no node', env: { ...ENV, NETAWARE_NODE: undefined }, want: /node: missing/ },
    { behaviour: 'a node name that is none', env: { ...ENV, NETAWARE_NODE: 'A b' }, want: /node: .*found "A b"/ },
    {
      behaviour: 'no aggregator',
      env: { ...ENV, NETAWARE_AGGREGATOR_URL: undefined },
      want: /aggregatorUrl: missing: give --aggregator-url, or --peers-from/,
    },
    { behaviour: 'no URL', env: { ...ENV, NETAWARE_AGGREGATOR_URL: 'aggregator:80' }, want: /aggregatorUrl: / },
    { behaviour: 'a port out of range', env: { ...ENV, NETAWARE_LISTEN_PORT: '70000' }, want: /listenPort: / },
    {
      behaviour: 'a name to bind to',
      env: { ...ENV, NETAWARE_IPERF3_BIND_ADDRESS: 'eth0' },
      want: /iperf3BindAddress/,
    },
  ])('refuses $behaviour', ({ env, want }) => {
    expect(() => loadConfig({}, env)).toThrow(want);
  });
});
