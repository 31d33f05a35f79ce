import { readFileSync, writeFileSync } from 'node:fs';
import { writtenBy } from '#benchmark/page.ts';
import { describeMetrics } from './describe-metrics.ts';

const PAGE = new URL('../../docs/metrics.md', import.meta.url);

writeFileSync(PAGE, writtenBy('npm run generate', readFileSync(PAGE, 'utf8'), describeMetrics()));
