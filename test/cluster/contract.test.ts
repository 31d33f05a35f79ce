import { describe } from 'vitest';
import { hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { administratorFetch } from '#test/cluster/trusted-fetch.ts';
import { describeApiServerContract } from '#test/contract/api-server-contract.ts';

describe.runIf(hasControlPlane('the contract suite on kube-apiserver'))('the contract', () => {
  describeApiServerContract('kube-apiserver', async () => {
    const { controlPlane, stop } = await startCluster();
    return { baseUrl: controlPlane.url, fetch: administratorFetch(controlPlane), close: stop };
  });
});
