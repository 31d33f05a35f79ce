import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ARMS, EXTENDER_FLAGS } from '#benchmark/scheduler/arms.ts';
import { loadConfig } from '#scheduler-extender/config.ts';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, buildWith, type Manifest, OVERLAYS } from './kustomize.ts';
import { workloadsIn } from './workload.ts';

/** What is measured is what is shipped. */
const MEASURED = ARMS['netaware-throughput'];

const CONFIGURATION = /^netaware-scheduler-configuration-[a-z0-9]{10}$/;

describe.runIf(meetsRequirements('the component', { tools: ['kubectl'] }))('the component throughput', () => {
  describe.each(OVERLAYS)('on %s', (overlay) => {
    let before: Manifest[];
    let after: Manifest[];

    beforeAll(async () => {
      before = await build(overlay);
      after = await buildWith('throughput', overlay);
    }, 2 * BUILD_DEADLINE_MS);

    it("has the benchmark's sample of nodes, in a configuration that is the overlay's own otherwise", () => {
      const { percentageOfNodesToScore } = MEASURED;
      expect(configurationIn(before).percentageOfNodesToScore).not.toBe(percentageOfNodesToScore);
      expect(configurationIn(after)).toEqual({ ...configurationIn(before), percentageOfNodesToScore });
    });

    it("sets the extender as the benchmark does, and leaves the overlay's settings otherwise", () => {
      const measured = EXTENDER_FLAGS[MEASURED.extender];
      expect(extenderSettingsIn(before)).not.toMatchObject(measured);
      expect(extenderSettingsIn(after)).toEqual({ ...extenderSettingsIn(before), ...measured });
    });

    it('rolls the scheduler, and changes nothing else', () => {
      expect(after.map(nameOf)).toEqual(before.map(nameOf));
      const changed = after.filter((one, place) => JSON.stringify(one) !== JSON.stringify(before[place]));
      expect(changed.map(nameOf).toSorted()).toEqual([
        'ConfigMap netaware-scheduler-configuration',
        'Deployment netaware-scheduler',
      ]);
      const scheduler = schedulerIn(after).spec.template.spec;
      expect(scheduler.volumes).toContainEqual({
        name: 'configuration',
        configMap: { name: configMapIn(after).metadata.name },
      });
      expect(configMapIn(after).metadata.name).not.toBe(configMapIn(before).metadata.name);
    });
  });
});

/** Without the hash of its content. */
function nameOf({ kind, metadata: { name } }: Manifest): string {
  return `${kind} ${CONFIGURATION.test(name) ? name.replace(/-[a-z0-9]{10}$/, '') : name}`;
}

function configMapIn(manifests: readonly Manifest[]): Manifest & { data: Record<string, string> } {
  const found = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && CONFIGURATION.test(metadata.name));
  return found as Manifest & { data: Record<string, string> };
}

function configurationIn(manifests: readonly Manifest[]): Record<string, unknown> {
  return parse(configMapIn(manifests).data['kube-scheduler-configuration.yaml'] ?? '');
}

function schedulerIn(manifests: readonly Manifest[]) {
  const [scheduler] = workloadsIn(manifests).filter(({ metadata }) => metadata.name === 'netaware-scheduler');
  if (scheduler === undefined) throw new Error('there is no scheduler');
  return scheduler;
}

/** What the extender makes of its container's environment. */
function extenderSettingsIn(manifests: readonly Manifest[]) {
  const container = schedulerIn(manifests).spec.template.spec.containers.find(({ name }) => name === 'extender');
  return loadConfig({}, Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []));
}
