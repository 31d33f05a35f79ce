import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedFiles } from './generate.ts';

it('the CustomResourceDefinitions in this folder are those that the schemas make (npm run generate)', () => {
  const folder = new URL('.', import.meta.url);
  const written = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(written.toSorted()).toEqual([...generatedFiles().keys()].toSorted());
  for (const [name, content] of generatedFiles()) {
    expect(readFileSync(new URL(name, folder), 'utf8'), name).toBe(content);
  }
});
