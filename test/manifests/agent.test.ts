import { beforeAll, describe, expect, it } from 'vitest';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build } from './kustomize.ts';
import { type Workload, workloadsIn } from './workload.ts';

describe.runIf(meetsRequirements('manifests', { tools: ['kubectl'] }))("the agent's DaemonSet", () => {
  let agent: Workload | undefined;

  beforeAll(async () => {
    agent = workloadsIn(await build('overlays/production')).find(({ kind }) => kind === 'DaemonSet');
  }, BUILD_DEADLINE_MS);

  it('opens ping to its own group, and to no other: a range of all cannot be written in a user namespace', () => {
    const { runAsGroup, sysctls } = agent?.spec.template.spec.securityContext ?? {};
    expect(sysctls).toEqual([{ name: 'net.ipv4.ping_group_range', value: `${runAsGroup} ${runAsGroup}` }]);
  });

  it('is on every node but virtual ones', () => {
    expect(agent?.spec.template.spec).toMatchObject({
      tolerations: [{ operator: 'Exists' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            // Both of one term: they must all hold.
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
                  { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate'] },
                ],
              },
            ],
          },
        },
      },
    });
  });
});
