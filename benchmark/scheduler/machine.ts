import { cpus, release, totalmem } from 'node:os';
import type { BenchResult } from './result.ts';

/** What figures depend on, beside the code. */
export function describeMachine(versions: { apiServer: string; scheduler: string }): BenchResult['machine'] {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    ...versions,
  };
}
