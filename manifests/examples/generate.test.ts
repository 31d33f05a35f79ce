import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedFiles } from './generate.ts';

it('the examples in this folder are those that the presets make (npm run generate)', () => {
  const folder = new URL('.', import.meta.url);
  const written = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
  expect(written.toSorted()).toEqual([...generatedFiles().keys()].toSorted());
  for (const [path, content] of generatedFiles()) {
    expect(readFileSync(new URL(path, folder), 'utf8'), path).toBe(content);
  }
});
