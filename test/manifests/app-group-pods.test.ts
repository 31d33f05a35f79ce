import { describe, expect, it } from 'vitest';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, buildWith } from './kustomize.ts';

const POLICY = 'netaware-app-group-pods';
const OVERLAYS = ['overlays/dev', 'overlays/production'];

describe.runIf(meetsRequirements('the policy', { tools: ['kubectl'] }))('the component app-group-pods', () => {
  const withComponent = (overlay: string) => buildWith('app-group-pods', overlay);

  it.each(OVERLAYS)(
    'adds a labelled policy and its binding to %s, and changes nothing else',
    async (overlay) => {
      const all = await withComponent(overlay);
      const added = all.filter(({ metadata }) => metadata.name === POLICY);
      expect(added.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).toSorted()).toEqual([
        'admissionregistration.k8s.io/v1 MutatingAdmissionPolicy',
        'admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding',
      ]);
      for (const { metadata } of added) {
        expect(metadata.labels).toMatchObject({
          'app.kubernetes.io/name': 'netaware',
          'app.kubernetes.io/part-of': 'netaware',
          'app.kubernetes.io/component': 'app-group-pods',
        });
      }
      expect(all.filter((one) => !added.includes(one))).toEqual(await build(overlay));
    },
    BUILD_DEADLINE_MS,
  );

  it(
    'never keeps a pod from being created',
    async () => {
      const policy = (await withComponent('overlays/dev')).find(({ kind }) => kind === 'MutatingAdmissionPolicy');
      expect(policy?.spec).toMatchObject({ failurePolicy: 'Ignore', reinvocationPolicy: 'Never' });
    },
    BUILD_DEADLINE_MS,
  );
});
