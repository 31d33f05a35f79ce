import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runPing } from '#agent/ping.ts';

const SETTINGS = { packets: 3, packetIntervalMilliseconds: 2 };
const directories: string[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true })));
});

describe('runPing', () => {
  it.each(['127.0.0.1', '::1'])('measures %s', async (address) => {
    const outcome = await runPing(address, SETTINGS, new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'answered', transmitted: 3, received: 3 });
    if (outcome.outcome === 'answered') expect(outcome.rttMicroseconds).toBeLessThan(100_000);
  });

  it.each(['localhost', '127.0.0.1 -f', '-h', ''])('hands ping no address but an IP address: %j', async (address) => {
    const outcome = await runPing(address, SETTINGS, new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'failed', cause: 'no-address' });
  });

  it('ends a ping at once when told to', async () => {
    const stopping = new AbortController();
    const started = performance.now();
    const running = runPing('127.0.0.1', { packets: 1000, packetIntervalMilliseconds: 20 }, stopping.signal);
    stopping.abort();
    await running;
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('ends at once where it was told to before it began', async () => {
    const started = performance.now();
    await runPing('127.0.0.1', { packets: 1000, packetIntervalMilliseconds: 20 }, AbortSignal.abort());
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('says so where there is no ping', async () => {
    vi.stubEnv('PATH', await directoryWith({}));
    const outcome = await runPing('127.0.0.1', SETTINGS, new AbortController().signal);
    expect(outcome).toEqual({ outcome: 'failed', cause: 'not-run', reason: 'there is no ping on the PATH' });
  });

  it('says what to do where ping may not be executed', async () => {
    vi.stubEnv('PATH', await directoryWith({ ping: { text: '', mode: 0o644 } }));
    const outcome = await runPing('127.0.0.1', SETTINGS, new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'failed', cause: 'permission' });
    expect(outcome).toHaveProperty('reason', expect.stringMatching(/EACCES.*NET_RAW.*ping_group_range/));
  });

  it('says what to do where ping may not open its socket', async () => {
    const text = '#!/bin/sh\necho "ping: socket: Operation not permitted" >&2\nexit 2\n';
    vi.stubEnv('PATH', await directoryWith({ ping: { text, mode: 0o755 } }));
    const outcome = await runPing('127.0.0.1', SETTINGS, new AbortController().signal);
    expect(outcome).toHaveProperty('reason', expect.stringMatching(/^ping: socket: .*ping_group_range/));
  });

  it('runs ping in the C locale, by count and interval and without a deadline', async () => {
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    const text = '#!/bin/sh\necho "ping: $LC_ALL $*"\n';
    vi.stubEnv('PATH', await directoryWith({ ping: { text, mode: 0o755 } }));
    const outcome = await runPing('::1', { packets: 7, packetIntervalMilliseconds: 200 }, new AbortController().signal);
    expect(outcome).toHaveProperty('reason', 'ping: C -n -W 2 -c 7 -s 56 -i 0.2 ::1');
  });
});

async function directoryWith(files: Record<string, { text: string; mode: number }>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'netaware-ping-'));
  directories.push(directory);
  for (const [name, { text, mode }] of Object.entries(files)) {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), mode);
  }
  return directory;
}
