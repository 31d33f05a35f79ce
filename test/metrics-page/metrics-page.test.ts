import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeMetrics } from './describe-metrics.ts';

it('docs/metrics.md has every metric of every service ("npm run generate" writes it)', () => {
  expect(readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')).toContain(describeMetrics());
});
