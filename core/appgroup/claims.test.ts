import { describe, expect, it } from 'vitest';
import { claimsOf, unambiguous } from '#core/appgroup/claims.ts';
import { judgeSpec } from '#core/appgroup/status.ts';

interface GroupOptions {
  namespace?: string;
  spec?: unknown;
}

/** `refs`: for each workload what it refers to, as "apiVersion Kind name"; '' for nothing. */
function groupOf(name: string, refs: Record<string, string>, { namespace = 'default', spec }: GroupOptions = {}) {
  const workloads = Object.entries(refs).map(([workload, ref]) => {
    const [apiVersion, kind, object] = ref.split(' ');
    return { name: workload, ...(ref === '' ? {} : { workloadRef: { apiVersion, kind, name: object } }) };
  });
  return { metadata: { name, namespace }, judged: judgeSpec(spec ?? { workloads }) };
}

type Group = ReturnType<typeof groupOf>;

const WEB = 'apps/v1 Deployment web';
const shop = groupOf('shop', { web: WEB, db: 'apps/v1 StatefulSet db', cache: '' });

function verdict(groups: Group[], placed: Record<string, string[]> = {}) {
  const { type, status, reason, message } = unambiguous(
    groups[0] as Group,
    claimsOf(groups),
    new Map(Object.entries(placed)),
  );
  expect(type).toBe('Unambiguous');
  return [status, reason, message];
}

describe('the claims of AppGroups', () => {
  it.each<[string, Group[]]>([
    ['the group is alone', [shop]],
    ['the other refers to other objects', [shop, groupOf('store', { front: 'apps/v1 Deployment front', cache: '' })]],
    ['the other is of another namespace', [shop, groupOf('store', { web: WEB }, { namespace: 'other' })]],
    ['the other has one of the same name but another kind', [shop, groupOf('store', { web: 'apps/v1 DaemonSet web' })]],
    ['the other cannot be read', [shop, groupOf('store', {}, { spec: {} })]],
  ])('are unambiguous where %s', (_what, groups) => {
    expect(verdict(groups, { web: ['n1'] })).toEqual(['True', 'OneClaim', expect.any(String)]);
  });

  it('name an object that two groups claim, in the status of both', () => {
    const store = groupOf('store', { front: 'apps/v1beta1 Deployment web' });
    const message = 'Deployment "web" is claimed by workload "web" of "shop" and workload "front" of "store"';
    for (const groups of [
      [shop, store],
      [store, shop],
    ]) {
      expect(verdict(groups)).toEqual(['False', 'ClaimedTwice', expect.any(String)]);
    }
    expect(verdict([shop, store])[2]).toBe(message);
  });

  it('name an object once that two workloads of a group claim', () => {
    const twice = groupOf('shop', { web: WEB, front: WEB });
    const message = 'Deployment "web" is claimed by workload "web" of "shop" and workload "front" of "shop"';
    expect(verdict([twice])).toEqual(['False', 'ClaimedTwice', message]);
  });

  it('tell of pods of a workload that the group does not have', () => {
    expect(verdict([shop], { web: ['n1'], wbe: ['n1', 'n2'], dbb: ['n1'] })).toEqual([
      'False',
      'UnknownWorkload',
      '2 pods are labelled for the workload "wbe", which the group does not have; ' +
        '1 pod is labelled for the workload "dbb", which the group does not have',
    ]);
  });

  it('are told of up to a number, whatever labels pods have', () => {
    const placed = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`x${index}`, ['n1']]));
    const [status, , message] = verdict([shop], placed);
    expect(status).toBe('False');
    expect(message).toMatch(
      /^1 pod is labelled for the workload "x0",.*"x4", which the group does not have; 895 more$/,
    );
  });

  it('are unknown where the spec cannot be read', () => {
    expect(verdict([groupOf('shop', {}, { spec: {} })], { web: ['n1'] })).toEqual([
      'Unknown',
      'InvalidSpec',
      'the spec cannot be read',
    ]);
  });
});
