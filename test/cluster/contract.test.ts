import { describe } from 'vitest';
import { hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { administratorFetch } from '#test/cluster/trusted-fetch.ts';
import { describeApiServerContract } from '#test/contract/api-server-contract.ts';

describe.runIf(hasControlPlane('the contract suite on kube-apiserver'))('the contract', () => {
  describeApiServerContract('kube-apiserver', async () => {
    const { controlPlane, stop } = await startCluster();
    // The suite is about the API server alone: these would put objects and conditions of their own among the suite's.
    await controlPlane.processes['kube-scheduler'].kill();
    await controlPlane.processes['kube-controller-manager'].kill();
    return { baseUrl: controlPlane.url, fetch: administratorFetch(controlPlane), close: stop };
  });
});
