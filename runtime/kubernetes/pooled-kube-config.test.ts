import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { createKubernetesClient } from '#runtime/kubernetes/client.ts';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';

it('a pooled kubeconfig does not take a connection for every request', async () => {
  let connections = 0;
  const server = createServer((_request, response) => void response.end('{}')).on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const kubeConfig = new PooledKubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeConfig.loadFromClusterAndUser({ name: 'test', server: url, skipTLSVerify: true }, { name: 'test' });
  const client = createKubernetesClient(kubeConfig, { timeoutMs: 1000 });
  for (let request = 0; request < 20; request += 1) await client.get('/version');
  server.close();
  server.closeAllConnections();
  expect(connections).toBeLessThan(5);
});

it('a pooled kubeconfig that says nothing of connections has one pool, too', async () => {
  const kubeConfig = new PooledKubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'test', server: 'https://127.0.0.1:1', skipTLSVerify: false },
    { name: 'test', token: 'secret' },
  );
  const contexts = [1, 2].map((item) => new RequestContext(`https://127.0.0.1:1/things/${item}`, HttpMethod.GET));
  const pools = [];
  for (const context of contexts) pools.push(await kubeConfig.authenticate(context));
  expect(pools[1]).toBe(pools[0]);
  expect(contexts.map((context) => context.getDispatcher())).toEqual(pools);
  expect(contexts[0]?.getHeaders()).toMatchObject({ Authorization: 'Bearer secret' });
});
