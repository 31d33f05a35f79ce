import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createLogger } from '#runtime/logger.ts';
import { loadConfig } from '#scheduler-extender/config.ts';
import { startExtender } from '#scheduler-extender/main.ts';
import type { ExtenderAnswer, ExtenderOrder } from './processes.ts';

// The extender in a process of its own, which also tells how long its event loop kept others waiting.

const MIB = 2 ** 20;
const config = loadConfig({ host: '127.0.0.1', port: 0, kubeconfig: process.argv[2] }, {});
const { port } = await startExtender(config, createLogger('extender', 'warn'));
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
send({ port });

process.on('message', (order: ExtenderOrder) => {
  if (order === 'measure') delay.reset();
  const { heapUsed, arrayBuffers } = settledMemory(order);
  const [p99Ms, maxMs] = [delay.percentile(99) / 1e6, delay.max / 1e6];
  const { user, system } = process.cpuUsage();
  send({ p99Ms, maxMs, cpuMs: (user + system) / 1000, heapMiB: heapUsed / MIB, arraysMiB: arrayBuffers / MIB });
});

function settledMemory(order: ExtenderOrder): NodeJS.MemoryUsage {
  if (order === 'tellMemory') globalThis.gc?.();
  return process.memoryUsage();
}

function send(message: ExtenderAnswer): void {
  process.send?.(message);
}
