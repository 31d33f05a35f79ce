import { expect, it } from 'vitest';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { WORKLOAD_LABEL } from '#core/api/names.ts';
import { makeApps } from './apps.ts';

const WORKLOADS = ONLINE_BOUTIQUE.workloads.length;

it('makes whole apps, at least as many pods as asked for', () => {
  const { groups, pods } = makeApps(100, 3);
  expect(groups).toHaveLength(4);
  expect(pods).toHaveLength(4 * 3 * WORKLOADS);
});

it('names pods so that the order of their names is the order of scheduling', () => {
  const names = makeApps(300, 12).pods.map(({ metadata }) => metadata.name);
  expect(names).toEqual(names.toSorted());
});

it('has every workload come after those that it calls', () => {
  const turn = makeApps(1, 1).pods.map(({ metadata }) => metadata.labels?.[WORKLOAD_LABEL]);
  for (const { name, callsPerRequest } of ONLINE_BOUTIQUE.workloads) {
    for (const callee of Object.keys(callsPerRequest)) expect(turn.indexOf(callee)).toBeLessThan(turn.indexOf(name));
  }
});

it('labels a pod for netaware and for NetworkOverhead, with the same app and workload', () => {
  const { labels } = makeApps(1, 1).pods.at(-1)?.metadata ?? {};
  expect(labels).toEqual({
    'netaware.io/app-group': 'shop-0000',
    'netaware.io/workload': 'frontend',
    'appgroup.diktyo.x-k8s.io': 'shop-0000',
    'appgroup.diktyo.x-k8s.io.workload': 'frontend',
  });
});
