import { expect, test } from 'vitest';
import { makeConfigMap, makePod, type Sandbox } from '#test/contract/sandbox.ts';

export function selectorTests(sandbox: () => Sandbox): void {
  test.each([
    ['tier=front', ['a', 'b']],
    ['tier==front,zone=x', ['a']],
    ['tier!=front', ['c', 'd']],
    ['tier in (front, back)', ['a', 'b', 'c']],
    ['tier notin (front)', ['c', 'd']],
    ['tier', ['a', 'b', 'c']],
    ['!tier', ['d']],
    ['tier in (front),zone', ['a']],
  ])('the label selector %s finds %j', async (selector, wanted) => {
    const { api, configMaps } = sandbox();
    const set = { set: 'selectors' };
    await api.post(configMaps, makeConfigMap('a', {}, { ...set, tier: 'front', zone: 'x' }));
    await api.post(configMaps, makeConfigMap('b', {}, { ...set, tier: 'front' }));
    await api.post(configMaps, makeConfigMap('c', {}, { ...set, tier: 'back' }));
    await api.post(configMaps, makeConfigMap('d', {}, set));
    const { body } = await api.get(`${configMaps}?labelSelector=${encodeURIComponent(`set=selectors,${selector}`)}`);
    expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(wanted);
  });

  test.each([
    ['metadata.name=placed', ['placed']],
    ['spec.nodeName=node-of-selectors', ['placed']],
    ['spec.nodeName=node-of-selectors,status.phase!=Pending', []],
    ['spec.schedulerName=scheduler-of-selectors', ['placed', 'waiting']],
  ])('the field selector %s finds the pods %j', async (selector, wanted) => {
    const { api, pods } = sandbox();
    const spec = { schedulerName: 'scheduler-of-selectors' };
    await api.post(pods, makePod('placed', { ...spec, nodeName: 'node-of-selectors' }));
    await api.post(pods, makePod('waiting', spec));
    const { body } = await api.get(`${pods}?fieldSelector=${encodeURIComponent(selector)}`);
    expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(wanted);
  });

  test('a field selector that the resource does not have is refused', async () => {
    const { api, configMaps } = sandbox();
    const { code, body } = await api.get(`${configMaps}?fieldSelector=spec.nothing%3Da`);
    expect(code).toBe(400);
    expect(body.message).toContain('"spec.nothing" is not a known field selector');
  });

  test('a collection is deleted as far as the selector matches', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('goes', {}, { fate: 'goes' }));
    await api.post(configMaps, makeConfigMap('stays', {}, { fate: 'stays' }));
    expect((await api.delete(`${configMaps}?labelSelector=fate%3Dgoes`)).code).toBe(200);
    expect((await api.get(`${configMaps}/goes`)).code).toBe(404);
    expect((await api.get(`${configMaps}/stays`)).code).toBe(200);
  });
}
