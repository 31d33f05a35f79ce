import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTimestampParser } from './timestamps.ts';

it('reads every timestamp as Date.parse does, one after the other', () => {
  const times = fc.date({ min: new Date('1980-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  const forms = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.replace(/\.\d+Z$/, 'Z'),
    (text) => text.replace('Z', '+02:00'),
    (text) => text.replace('Z', '123Z'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(times, forms)), (list) => {
      const parse = createTimestampParser();
      for (const [time, form] of list) {
        const text = form(time.toISOString());
        expect(parse(text)).toBe(Date.parse(text));
      }
    }),
  );
});
