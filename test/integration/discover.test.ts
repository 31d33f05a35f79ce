import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { until } from '#lab/until.ts';
import { findPrometheus, type Prometheus, startPrometheus } from '#test/prometheus.ts';

// `netaware appgroup discover` asks a real Prometheus, which scrapes counters shaped like those of each mesh.

const SUITE = 'appgroup discover with Prometheus';
const program = findPrometheus(SUITE);
const NETAWARE = fileURLToPath(new URL('../../netaware', import.meta.url));
const DEADLINE_MS = 120_000;

/** A counter that rises by so much with each scrape. */
interface Counter {
  series: string;
  rise: number;
  /** It begins anew at this scrape: its process was restarted. */
  restartAt?: number;
}

function istio(metric: string, reporter: string, origin: string, destination: string, rise: number): Counter {
  const ends = [origin, destination].map((name) => (name.includes('/') ? name.split('/') : ['shop', name]));
  const [[from, source], [to, called]] = ends as [string[], string[]];
  const labels =
    `reporter="${reporter}",source_workload="${source}",source_workload_namespace="${from}",` +
    `destination_workload="${called}",destination_workload_namespace="${to}"`;
  return { series: `${metric}{${labels}}`, rise };
}

function linkerd(metric: string, more: string, origin: string, destination: string, rise: number): Counter {
  const ends = `namespace="emojivoto",deployment="${origin}",dst_namespace="emojivoto",${destination}`;
  return { series: `${metric}{direction="outbound",${more}${ends}}`, rise };
}

function hubble(metric: string, more: string, origin: string, destination: string, rise: number): Counter {
  const ends =
    `source_namespace="jobs",source_workload="${origin}",` +
    `destination_namespace="jobs",destination_workload="${destination}"`;
  return { series: `${metric}{${more}${ends}}`, rise };
}

/** Online Boutique in small: as many requests as its own sources tell, in hundredths. */
const COUNTERS: readonly Counter[] = [
  // Both proxies count the same; the frontend's was restarted.
  { ...istio('istio_requests_total', 'source', 'frontend', 'currency', 290), restartAt: 4 },
  istio('istio_requests_total', 'destination', 'frontend', 'currency', 290),
  istio('istio_requests_total', 'source', 'frontend', 'cart', 89),
  // Only the called end has a proxy.
  istio('istio_requests_total', 'destination', 'checkout', 'currency', 12),
  istio('istio_requests_total', 'source', 'frontend', 'checkout', 4),
  istio('istio_requests_total', 'destination', 'unknown/unknown', 'frontend', 100),
  istio('istio_requests_total', 'source', 'checkout', 'bank/payment', 4),
  istio('istio_requests_total', 'source', 'frontend', 'idle', 0),
  istio('istio_request_bytes_sum', 'source', 'frontend', 'cart', 89 * 100),
  istio('istio_response_bytes_sum', 'source', 'frontend', 'cart', 89 * 900),
  istio('istio_tcp_sent_bytes_total', 'source', 'cart', 'redis', 29_000),
  istio('istio_tcp_received_bytes_total', 'source', 'cart', 'redis', 29_000),

  linkerd('request_total', '', 'web', 'dst_deployment="voting"', 10),
  linkerd('request_total', '', 'web', 'dst_statefulset="emoji"', 20),
  linkerd('tcp_write_bytes_total', 'peer="dst",', 'web', 'dst_deployment="voting"', 3000),
  linkerd('tcp_read_bytes_total', 'peer="dst",', 'web', 'dst_deployment="voting"', 1000),
  linkerd('tcp_read_bytes_total', 'peer="src",', 'web', 'dst_deployment="voting"', 9999),
  linkerd('tcp_read_bytes_total', 'peer="dst",', 'web', 'dst_statefulset="emoji"', 1000),

  hubble('hubble_http_requests_total', 'reporter="client",', 'coreapi', 'resumes', 8),
  hubble('hubble_http_requests_total', 'reporter="server",', 'coreapi', 'resumes', 8),
  hubble('hubble_flows_processed_total', 'verdict="FORWARDED",', 'coreapi', 'resumes', 60),
  hubble('hubble_flows_processed_total', 'verdict="FORWARDED",', 'resumes', 'coreapi', 20),
  hubble('hubble_flows_processed_total', 'verdict="FORWARDED",', 'coreapi', 'elastic', 30),
  hubble('hubble_flows_processed_total', 'verdict="FORWARDED",', 'elastic', 'coreapi', 10),
  hubble('hubble_flows_processed_total', 'verdict="DROPPED",', 'elastic', 'resumes', 99),
  hubble('hubble_tcp_flags_total', 'flag="SYN",', 'coreapi', 'elastic', 1),
];

/** All counters after so many scrapes. */
function exposition(scrapes: number): string {
  const lines = COUNTERS.map(({ series, rise, restartAt }) => {
    const since = restartAt !== undefined && scrapes >= restartAt ? scrapes - restartAt + 1 : scrapes;
    return `${series} ${since * rise}`;
  });
  return `${lines.join('\n')}\n`;
}

describe.runIf(program !== undefined)(SUITE, () => {
  let target: Server;
  let prometheus: Prometheus;

  beforeAll(async () => {
    let scrapes = 0;
    target = createServer((_request, response) => {
      scrapes += 1;
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposition(scrapes));
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address() as AddressInfo;
    prometheus = await startPrometheus(program as string, [`127.0.0.1:${port}`]);
    await until('enough was scraped', DEADLINE_MS, async () => {
      const samples = await prometheus.evaluate('min(count_over_time(istio_requests_total[10m]))');
      return samples !== undefined && samples >= 6 ? undefined : `${samples ?? 0} samples`;
    });
  }, 2 * DEADLINE_MS);

  afterAll(async () => {
    await prometheus?.stop();
    target?.closeAllConnections();
    target?.close();
  });

  async function discover(...args: string[]) {
    const line = ['appgroup', 'discover', '--prometheus', prometheus.url, '--window', '10m', ...args];
    const { exitCode, stdout, stderr } = await execa(NETAWARE, line, { reject: false });
    return { exitCode, stdout, stderr };
  }

  async function discovered(
    ...args: string[]
  ): Promise<{ group: AppGroup; calls: Record<string, number>; stderr: string }> {
    const { exitCode, stdout, stderr } = await discover(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr });
    const group = appGroup.parse(parse(stdout));
    const calls = group.spec.workloads.flatMap(({ name, dependencies }) =>
      dependencies.map((dependency) => [`${name} ${dependency.name}`, dependency.weight] as const),
    );
    return { group, calls: Object.fromEntries(calls), stderr };
  }

  /** All counters rise with each scrape; only how Prometheus extrapolates them may differ a little. */
  const about = (weight: number) => expect.closeTo(weight, -1);

  it("makes an AppGroup of Istio's requests, in proportion, each once", async () => {
    const { group, calls, stderr } = await discovered('--mesh', 'istio', '-n', 'shop');
    expect(group.metadata).toEqual({ name: 'shop', namespace: 'shop' });
    expect(calls).toEqual({
      'frontend currency': 1000,
      'frontend cart': about(307),
      'checkout currency': about(41),
      'frontend checkout': about(14),
      // TCP: 58 kB at the 1 kB of a request of the others.
      'cart redis': about(200),
    });
    expect(stderr).toContain('left out, as an end is not known: unknown -> frontend');
    expect(stderr).toContain('left out, as an end is in another namespace: shop/checkout -> bank/payment');
    expect(stderr).toContain('cart -> redis has no requests of its own: ');
    expect(stderr).not.toContain('idle');
  });

  it('weighs by bytes, and reckons those that only requests were counted of', async () => {
    const { calls } = await discovered('--mesh', 'istio', '-n', 'shop', '--weight', 'bytes');
    // 89 kB and 58 kB; the others' requests at the 1 kB of those that were counted in both.
    expect(calls).toMatchObject({ 'frontend currency': 1000, 'frontend cart': about(307), 'cart redis': about(200) });
  });

  it("reads Linkerd's metrics, and the kinds that they tell", async () => {
    const { group, calls } = await discovered('--mesh', 'linkerd');
    expect(calls).toEqual({ 'web emoji': 1000, 'web voting': about(500) });
    expect(group.spec.workloads.map(({ workloadRef }) => workloadRef?.kind)).toEqual([
      'StatefulSet',
      'Deployment',
      'Deployment',
    ]);
    const byBytes = await discovered('--mesh', 'linkerd', '--weight', 'bytes');
    expect(byBytes.calls).toEqual({ 'web voting': 1000, 'web emoji': about(250) });
  });

  it("reads Hubble's metrics, and directs flows", async () => {
    const { calls, stderr } = await discovered('--mesh', 'hubble');
    expect(calls).toEqual({ 'coreapi resumes': 1000, 'coreapi elastic': about(500) });
    expect(stderr).toContain('counted by Hubble');
  });

  it('finds the mesh by itself', async () => {
    const { stderr } = await discovered('-n', 'jobs', '-o', 'yaml');
    expect(stderr).toContain('counted by Hubble');
  });

  it('leaves out what is below a share', async () => {
    const { calls, stderr } = await discovered('--mesh', 'istio', '-n', 'shop', '--min-share', '5');
    expect(Object.keys(calls).toSorted()).toEqual(['cart redis', 'frontend cart', 'frontend currency']);
    expect(stderr).toMatch(/frontend -> checkout is left out: 0\.\d+ % of the traffic is below --min-share/);
  });

  it('fails where there is no traffic, and says what it looked for', async () => {
    const { exitCode, stdout, stderr } = await discover('-n', 'nowhere');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/: no traffic between workloads of namespace nowhere in the last 10m; /);
    for (const metric of ['istio_requests_total', 'request_total', 'hubble_flows_processed_total']) {
      expect(stderr).toContain(metric);
    }
    expect(stderr.split('\n')).toHaveLength(1);
  });

  it('tells what Prometheus refuses', async () => {
    const { exitCode, stderr } = await discover('--window', '99999999999y');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/^netaware: http:\S+query: .*duration/),
    });
  });
});
