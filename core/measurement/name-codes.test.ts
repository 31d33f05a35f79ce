import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameCodes } from '#core/measurement/name-codes.ts';

describe('NameCodes', () => {
  it('gives every name back, as long as there are no more than 255, and none of the others', () => {
    const names = fc.array(fc.string(), { maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(names, (all) => {
        const codes = new NameCodes();
        const bytes = Uint8Array.from(all, (name) => codes.codeOf(name));
        const kept = new Set([...new Set(all)].slice(0, 255));
        expect([...bytes].map((code) => codes.nameOf(code))).toEqual(
          all.map((name) => (kept.has(name) ? name : undefined)),
        );
      }),
    );
  });

  it('has no name for the 256th, and goes on to know the others', () => {
    const codes = new NameCodes();
    const names = Array.from({ length: 256 }, (_, number) => `name-${number}`);
    const bytes = names.map((name) => codes.codeOf(name));
    expect(new Set(bytes.slice(0, 255)).size).toBe(255);
    expect(bytes[255]).toBe(0);
    expect(codes.nameOf(0)).toBeUndefined();
    expect(codes.nameOf(codes.codeOf('name-254'))).toBe('name-254');
  });

  it('has none for no name', () => {
    expect(new NameCodes().codeOf(undefined)).toBe(0);
  });
});
