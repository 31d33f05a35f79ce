import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const run = (args: string[], env: Record<string, string> = {}) =>
  execa(path('../netaware'), args, { env, reject: false });

const STATE = ['--state', path('../test/fixtures/state/shop.yaml')];

describe('a service that cannot start', () => {
  it.each([
    {
      behaviour: 'certificate that is not there',
      args: ['extender', ...STATE, '--tls-cert-file', '/none.crt', '--tls-private-key-file', '/none.key'],
      message: '/none.crt: cannot be read (ENOENT)',
    },
    {
      behaviour: 'token that is not there',
      args: ['agent', '--node', 'a', '--aggregator-url', 'https://aggregator', '--token-file', '/none.token'],
      message: '/none.token: cannot be read (ENOENT)',
    },
  ])('tells of the $behaviour in one line and ends with 1', async ({ args, message }) => {
    const { exitCode, stderr } = await run(args);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ level: 60, msg: message });
  });

  it('tells which variable of Kubernetes it took for its port', async () => {
    const { exitCode, stderr } = await run(['extender', ...STATE], { NETAWARE_PORT: 'tcp://10.96.0.7:8089' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^netaware: extender settings: port: .*enableServiceLinks: false.*"tcp:\/\/10.96.0.7:8089"$/,
    );
  });
});
