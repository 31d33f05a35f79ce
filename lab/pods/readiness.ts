import { get } from 'node:http';
import type { LabContainer, ReadinessProbe } from '#lab/pods/lab-pod.ts';

const POLL_MS = 50;

/**
 * Probes a container that has started: every 50 ms until it is ready for the first time, then every `periodSeconds`.
 * `onChange` is told when it becomes ready, and unready after `failureThreshold` failures in a row. Returns the stop.
 */
export function watchReadiness(probe: ReadinessProbe, url: string, onChange: (isReady: boolean) => void): () => void {
  let isReady = false;
  let wasReady = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const abort = new AbortController();

  async function poll(): Promise<void> {
    const succeeded = await answers(url, probe.timeoutSeconds * 1000, abort.signal);
    if (abort.signal.aborted) return;
    failures = succeeded ? 0 : failures + 1;
    const next = succeeded || (isReady && failures < probe.failureThreshold);
    wasReady ||= next;
    if (next !== isReady) {
      isReady = next;
      onChange(isReady);
    }
    timer = setTimeout(() => void poll(), wasReady ? probe.periodSeconds * 1000 : POLL_MS);
  }

  void poll();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}

/** Where a probe asks; undefined where it names a port that the container has not. */
export function probeUrl(probe: ReadinessProbe, container: LabContainer, address: string): string | undefined {
  if (probe.httpGet === undefined) return undefined;
  const { path, port } = probe.httpGet;
  const number = typeof port === 'number' ? port : container.ports.find(({ name }) => name === port)?.containerPort;
  return number === undefined ? undefined : `http://${address}:${number}/${path.replace(/^\//, '')}`;
}

/** True for a status from 200 to 399, as the kubelet has it. */
function answers(url: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    request.once('response', (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 400);
    });
    request.on('error', () => resolve(false));
  });
}
