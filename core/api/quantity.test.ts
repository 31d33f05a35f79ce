import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuantity, quantity } from './quantity.ts';

describe('quantity', () => {
  it.each([
    ['0', 0],
    ['4', 4],
    ['500m', 0.5],
    ['1500u', 0.0015],
    ['100n', 1e-7],
    ['1k', 1000],
    ['20M', 2e7],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['7910Mi', 7910 * 2 ** 20],
    ['.5', 0.5],
    ['5.', 5],
    ['12E', 12e18],
    ['12e3', 12_000],
    ['12E3', 12_000],
    ['1e-3', 0.001],
    [3, 3],
    [0.25, 0.25],
  ])('%j is %d', (text, want) => {
    expect(parseQuantity(quantity.parse(text))).toBeCloseTo(want, 12);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '-1',
    'M',
    '1MB',
    '1mi',
    '1e',
    '0x10',
    '1,5',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
  ])('%j is none', (value) => {
    expect(quantity.safeParse(value).error?.issues[0]?.message).toBe('not a Kubernetes quantity');
  });

  it('cannot be read where it is no quantity', () => {
    expect(parseQuantity('much')).toBeUndefined();
  });

  it('grows with its number and with its suffix', () => {
    const rising = ['n', 'u', 'm', '', 'k', 'Ki', 'M', 'Mi', 'G', 'Gi', 'T', 'Ti', 'P', 'Pi', 'E', 'Ei'];
    const value = (number: number, suffix: string | undefined) => parseQuantity(`${number}${suffix}`) ?? Number.NaN;
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(rising.length - 2), (number, position) => {
        expect(value(number + 1, rising[position])).toBeGreaterThan(value(number, rising[position]));
        expect(value(number + 1, rising[position + 1])).toBeGreaterThan(value(number + 1, rising[position]));
      }),
    );
  });
});
