import { Agent, createServer, get } from 'node:http';
import { z } from 'zod';
import { createRandom } from '#core/random.ts';
import { parseInput } from '#core/validation.ts';

// A service of a synthetic application: for each call it does CPU work, calls its downstream services one after the
// other as often as its call graph says, and answers. Runs as a pod's process.

const settings = parseInput(
  z.object({
    POD_IP: z.string().min(1),
    PORT: z.coerce.number().int().min(1).max(65_535),
    CPU_MICROSECONDS: z.coerce.number().min(0),
    RESPONSE_BYTES: z.coerce.number().int().min(0),
    SEED: z.coerce.number().int(),
    DOWNSTREAM: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.array(z.object({ url: z.url(), calls: z.number().min(0) }))),
  }),
  process.env,
  'synthetic service environment',
);

const DOWNSTREAM_TIMEOUT_MS = 5_000;
const payload = Buffer.alloc(settings.RESPONSE_BYTES, 'x');
const agent = new Agent({ keepAlive: true });
const random = createRandom(settings.SEED);

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok');
    return;
  }
  serve().then(
    () => response.end(payload),
    (err: Error) => response.writeHead(502).end(err.message),
  );
});

async function serve(): Promise<void> {
  work(settings.CPU_MICROSECONDS);
  for (const { url, calls } of settings.DOWNSTREAM) {
    for (let left = wholeCalls(calls); left > 0; left--) await call(url);
  }
}

/** 0.72 calls are one call with probability 0.72; 4.66 are four, and a fifth with probability 0.66. */
function wholeCalls(calls: number): number {
  return Math.floor(calls) + (random() < calls % 1 ? 1 : 0);
}

function call(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: DOWNSTREAM_TIMEOUT_MS }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url}: status ${response.statusCode}`));
      });
    });
    request.once('timeout', () => request.destroy(new Error(`${url}: no answer in ${DOWNSTREAM_TIMEOUT_MS} ms`)));
    request.once('error', reject);
  });
}

function work(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  let value = 1;
  while (performance.now() < end) value = Math.imul(value, 31) + 7;
}

server.listen(settings.PORT, settings.POD_IP);
process.once('SIGTERM', () => process.exit(0));
