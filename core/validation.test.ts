import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseInput } from './validation.ts';

const schema = z.object({
  name: z.string().min(1),
  port: z.int().min(1).default(80),
  links: z.array(z.object({ rtt: z.int(), mode: z.enum(['a', 'b']).optional() })).optional(),
});

describe('parseInput', () => {
  it('gives back what the schema makes of the value', () => {
    expect(parseInput(schema, { name: 'x', more: 1 }, 'f.yaml')).toEqual({ name: 'x', port: 80 });
  });

  it.each([
    ['a field that is missing', {}, 'f.yaml: name: missing, wanted string'],
    [
      'a wrong type, deep inside',
      { name: 'x', links: [{ rtt: 1 }, { rtt: '2' }] },
      'f.yaml: links[1].rtt: invalid input: expected number, received string, found "2"',
    ],
    [
      'a value that is not offered',
      { name: 'x', links: [{ rtt: 1, mode: 'c' }] },
      'f.yaml: links[0].mode: invalid option: expected one of "a"|"b", found "c"',
    ],
    ['nothing at all', undefined, 'f.yaml: (the whole): missing, wanted object'],
    ['null', null, 'f.yaml: (the whole): invalid input: expected object, received null, found null'],
    [
      'several problems',
      { name: '', port: 0 },
      'f.yaml: name: too small: expected string to have >=1 characters, found ""; port: too small: expected number to be >=1, found 0',
    ],
    [
      'a long value, cut short',
      { name: 'x', port: 'y'.repeat(100) },
      `f.yaml: port: invalid input: expected number, received string, found "${'y'.repeat(56)}...`,
    ],
    [
      'a value that JSON has no word for',
      { name: Symbol('s') },
      'f.yaml: name: invalid input: expected string, received symbol, found Symbol(s)',
    ],
  ])('tells of %s where it is, what was found and what is wanted', (_name, value, message) => {
    expect(() => parseInput(schema, value, 'f.yaml')).toThrow(new AppError('INVALID_INPUT', message));
  });

  it('stays one line, and counts the problems beyond the fifth', () => {
    const links = Array.from({ length: 8 }, () => ({ rtt: 'a\nb' }));
    const attempt = () => parseInput(schema, { name: 'x', links }, 'f.yaml');
    expect(attempt).toThrow(/^f\.yaml: links\[0\]\.rtt: [^\n]*links\[4\]\.rtt: [^\n]*; and 3 more$/);
  });

  it('keeps what lies beneath as the cause', () => {
    try {
      parseInput(schema, {}, 'f.yaml');
      expect.unreachable();
    } catch (err) {
      expect(err).toMatchObject({ code: 'INVALID_INPUT', cause: { issues: [{ path: ['name'] }] } });
    }
  });
});
