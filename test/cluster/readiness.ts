import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { until } from '#lab/until.ts';
import type { TestProcess } from '#test/cluster/processes.ts';

const DEADLINE_MS = 120_000;

/** Waits until a service answers that it is ready; says what it logged where it does not. Takes any certificate, as the kubelet does. */
export async function untilReady(baseUrl: string, process: TestProcess): Promise<void> {
  await until(`${baseUrl} is ready`, DEADLINE_MS, async () => {
    const answer = await readiness(`${baseUrl}/readyz`);
    return answer === 'ok' ? undefined : `${answer}\n${process.log().slice(-2000)}`;
  });
}

function readiness(url: string): Promise<string> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? getHttps : getHttp;
    get(url, { rejectUnauthorized: false, agent: false }, (response) => resolve(text(response))).on('error', (err) =>
      resolve(err.message),
    );
  });
}
