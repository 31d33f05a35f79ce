import { beforeAll, describe, expect, it } from 'vitest';
import { PRESET_NAMES, presetNamed } from '#benchmark/presets/presets.ts';
import { appGroup } from '#core/api/app-group.ts';
import { APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, EXAMPLES, type Manifest } from './kustomize.ts';
import { workloadsIn } from './workload.ts';

describe.runIf(meetsRequirements('manifests', { tools: ['kubectl'] }))('the examples', () => {
  it('are there for every preset', () => {
    expect(EXAMPLES.toSorted()).toEqual(PRESET_NAMES.map((name) => `examples/${name}`).toSorted());
  });

  describe.each(PRESET_NAMES)('%s', (name) => {
    let manifests: Manifest[];
    beforeAll(async () => {
      manifests = await build(`examples/${name}`);
    }, BUILD_DEADLINE_MS);

    it('has one AppGroup, valid, of the workloads that it deploys', () => {
      const [group, ...others] = manifests
        .filter(({ kind }) => kind === 'AppGroup')
        .map((object) => appGroup.parse(object));
      expect(others).toEqual([]);
      const deployed = workloadsIn(manifests).map(({ metadata }) => metadata.name);
      expect(group?.spec.workloads.map((workload) => workload.name).toSorted()).toEqual(deployed.toSorted());
      const services = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
      expect(services.toSorted()).toEqual(deployed.toSorted());
    });

    it('is placed by netaware, under the names of its AppGroup', () => {
      for (const { metadata, spec } of workloadsIn(manifests)) {
        expect(spec.template.spec.schedulerName).toBe(SCHEDULER_NAME);
        expect(spec.template.metadata.labels).toMatchObject({
          [APP_GROUP_LABEL]: name,
          [WORKLOAD_LABEL]: metadata.name,
        });
      }
    });

    it('is called at its front and nowhere in a circle', () => {
      const { front, workloads } = presetNamed(name);
      const called = new Set(workloads.flatMap(({ callsPerRequest }) => Object.keys(callsPerRequest)));
      expect(called.has(front)).toBe(false);
      expect([...called, front].toSorted()).toEqual(workloads.map((workload) => workload.name).toSorted());
    });
  });
});
