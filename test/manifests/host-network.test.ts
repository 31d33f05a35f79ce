import { beforeAll, describe, expect, it } from 'vitest';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, buildWith, type Manifest } from './kustomize.ts';
import { workloadsIn } from './workload.ts';

describe.runIf(meetsRequirements('the component', { tools: ['kubectl'] }))('the component host-network', () => {
  const withComponent = (overlay: string) => buildWith('host-network', overlay);

  describe.each(['overlays/dev', 'overlays/production'])('on %s', (overlay) => {
    let all: Manifest[];

    beforeAll(async () => {
      all = await withComponent(overlay);
    }, BUILD_DEADLINE_MS);

    it('puts agents into the network of their hosts, with the one capability that ping needs and no sysctl', () => {
      const pod = workloadsIn(all).find(({ kind }) => kind === 'DaemonSet')?.spec.template.spec;
      expect(pod).toMatchObject({
        hostNetwork: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        securityContext: { runAsUser: 0, runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod?.securityContext).not.toHaveProperty('sysctls');
      expect(pod?.containers[0]?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
      });
    });

    it('lets such pods into the namespace', () => {
      const namespace = all.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'netaware');
      expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'privileged' });
    });

    it(
      'opens the port of the aggregator to them, and changes nothing else',
      async () => {
        const before = await build(overlay);
        const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
        const known = new Set(before.map(nameOf));
        expect(all.map(nameOf).filter((name) => !known.has(name))).toEqual([
          'NetworkPolicy netaware-aggregator-from-hosts',
        ]);
        const changed = before.filter(
          (one) => JSON.stringify(one) !== JSON.stringify(all.find((other) => nameOf(other) === nameOf(one))),
        );
        expect(changed.map(nameOf).toSorted()).toEqual(['DaemonSet netaware-agent', 'Namespace netaware']);
      },
      BUILD_DEADLINE_MS,
    );
  });
});
