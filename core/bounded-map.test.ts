import { describe, expect, it } from 'vitest';
import { BoundedMap } from '#core/bounded-map.ts';

describe('a bounded map', () => {
  it('lets go of the entry that was set longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    expect(map.values()).toEqual([2, 3]);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
    expect([map.delete('b'), map.delete('a')]).toEqual([false, true]);
    expect(map.values()).toEqual([4]);
  });
});
