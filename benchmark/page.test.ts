import { expect, it } from 'vitest';
import { writtenBy } from './page.ts';

it('replaces what stands between the marks of the page, and nothing else', () => {
  const marks = ['<!-- begin: written by make x -->', '<!-- end: written by make x -->'];
  const page = `# Speed\n\n${marks[0]}\nold\n${marks[1]}\nrest\n`;
  expect(writtenBy('make x', page, 'new')).toBe(`# Speed\n\n${marks[0]}\n\nnew\n\n${marks[1]}\nrest\n`);
  expect(() => writtenBy('make x', '# Speed\n', 'new')).toThrow(marks[0]);
});
