import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { makeCertificateAuthority } from '#test/certificates.ts';

// What a Prometheus may answer that a person cannot make happen at will; a real one is asked in test/integration.

const NETAWARE = fileURLToPath(new URL('../../../netaware', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

type Answer = (query: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void;

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(answer: Answer): Promise<string> {
  return listen(createServer(listener(answer))).then((address) => `http://${address}`);
}

function listener(answer: Answer): RequestListener {
  return (request, response) => answer(new URL(request.url ?? '', 'http://x').searchParams, response, request);
}

/** Answers as Prometheus does: what `series` says of a query, and its own time. */
function prometheus(series: (query: string) => object[], more: object = {}): Answer {
  return (query, response) => {
    const expression = query.get('query') ?? '';
    const data =
      expression === 'time()'
        ? { resultType: 'scalar', result: [1767268800, '1767268800'] }
        : { resultType: 'vector', result: series(expression) };
    response.end(JSON.stringify({ status: 'success', data, ...more }));
  };
}

const CALL = {
  metric: {
    source_workload: 'web',
    source_workload_namespace: 'shop',
    destination_workload: 'cart',
    destination_workload_namespace: 'shop',
  },
  value: [1767268800, '42'],
};
const requestsOfIstio = (query: string) => (query.includes('istio_requests_total') ? [CALL] : []);

async function discover(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(NETAWARE, ['appgroup', 'discover', ...args], { reject: false });
  return { exitCode, stdout, stderr };
}

it('prints the AppGroup, and what it was made from', async () => {
  const url = await serve(prometheus(requestsOfIstio));
  const { exitCode, stdout, stderr } = await discover('--prometheus', url);
  const because = [
    'AppGroup shop: 2 workloads, 1 call',
    '  web -> cart  42 requests',
    'assumed:',
    `  counted by Istio in the last 1h, as ${url} has it`,
    '  not asked for: linkerd, hubble (--mesh chooses)',
    '  weights are in proportion to requests, the largest is 1000, none is below 1',
  ];
  const labels =
    'its pods are those whose template is labelled netaware.io/app-group=shop and netaware.io/workload=<workload>';
  expect({ exitCode, stderr: stderr.split('\n') }).toEqual({ exitCode: 0, stderr: [...because, labels] });
  expect(stdout.split('\n')).toEqual([
    ...because.map((line) => `# ${line}`),
    'apiVersion: netaware.io/v1alpha1',
    'kind: AppGroup',
    'metadata:',
    '  name: shop',
    '  namespace: shop',
    'spec:',
    '  workloads:',
    '    - name: cart',
    '    - name: web',
    '      dependencies:',
    '        - name: cart',
    '          weight: 1000',
  ]);
});

it('tells of what Prometheus warns', async () => {
  const url = await serve(prometheus(requestsOfIstio, { warnings: ['store 7\nis away'] }));
  const { stderr } = await discover('--prometheus', url, '-o', 'json');
  expect(stderr).toContain('Prometheus warns, and may have told a part: store 7 is away');
});

it('asks below the path that is given, at one time, with the token', async () => {
  const asked: string[] = [];
  const answer = prometheus(requestsOfIstio);
  const ca = makeCertificateAuthority(join(folder, 'ca'));
  const files = ca.issue({ name: 'prometheus', dnsNames: ['prometheus.example'], usage: 'serverAuth' });
  const server = createTlsServer(
    { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) },
    listener((query, response, request) => {
      asked.push(`${request.url?.split('?')[0]} ${query.get('time') ?? ''} ${request.headers.authorization}`);
      answer(query, response, request);
    }),
  );
  const address = await listen(server as unknown as Server);
  const token = join(folder, 'token');
  writeFileSync(token, 'secret\n');
  const { exitCode } = await discover(
    ...['--prometheus', `https://${address}/proxy`, '--bearer-token-file', token, '--mesh', 'istio'],
    ...['--certificate-authority', ca.certFile, '--tls-server-name', 'prometheus.example'],
  );
  expect(exitCode).toBe(0);
  expect(new Set(asked)).toEqual(
    new Set(['/proxy/api/v1/query  Bearer secret', '/proxy/api/v1/query 1767268800 Bearer secret']),
  );
});

describe('one line, exit code 1 (2 for a timeout), where Prometheus', () => {
  const text = (status: number, body: string): Answer => {
    return (_query, response) => response.writeHead(status).end(body);
  };
  const failsLater: Answer = (query, response, request) => {
    if (query.get('query') === 'time()') prometheus(() => [])(query, response, request);
    else
      text(503, '{"status":"error","errorType":"timeout","error":"query timed out\\nin expression"}')(
        query,
        response,
        request,
      );
  };

  it.each<[what: string, answer: Answer, message: RegExp]>([
    [
      'is a web page',
      text(200, '<html>\n<title>Sign in'),
      /\/api\/v1\/query: wanted JSON, found "<html> <title>Sign in": is a /,
    ],
    ['wants a token', text(401, 'Unauthorized'), /: answered 401: it wants to know who asks \(--bearer-token-file, /],
    ['does not want this one', text(403, 'Forbidden'), /: answered 403: whoever asks may not$/],
    ['is behind a login', text(302, ''), /: answered 302, another address: is there a login before it\?$/],
    [
      'is not there',
      text(404, 'nothing'),
      /: answered 404: no Prometheus is there; its path may be missing in --prometheus$/,
    ],
    ['is broken', text(500, 'panic'), /: answered 500$/],
    ['refuses', failsLater, /\/api\/v1\/query: query timed out in expression$/],
    ['is another service', text(200, '{"status":"ok"}'), /\/api\/v1\/query: data: missing, wanted object$/],
    ['answers too much', text(200, 'x'.repeat(10_000_001)), /: the answer is longer than 10000000 bytes$/],
    [
      'ends amid the answer',
      (_query, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{', () => response.destroy());
      },
      /: cannot be reached \(ECONNRESET\)$/,
    ],
    [
      'has no data',
      prometheus(() => []),
      /: no traffic between workloads of one namespace in the last 1h; Istio: nothing of istio_requests_total, .*; Linkerd: nothing of request_total, .*; Hubble: nothing of hubble_http_requests_total, .*labelsContext=/,
    ],
    [
      'knows only of others',
      prometheus((query) => (query.startsWith('sum by (reporter, source_namespace') ? [{ ...CALL, metric: {} }] : [])),
      /Hubble: 3 series, none of them of such traffic, of /,
    ],
  ])('%s', async (_what, answer, message) => {
    const { exitCode, stdout, stderr } = await discover('--prometheus', await serve(answer));
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(stderr.split('\n')).toHaveLength(1);
  });

  it('does not answer', async () => {
    const silent = await serve(() => {});
    expect(await discover('--prometheus', silent, '--timeout', '0.2')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `netaware: ${silent}: no answer in 0.2 s`,
    });
  });

  it.each([
    [
      ['--prometheus', 'prometheus:9090'],
      /^netaware: --prometheus: wanted a URL such as http:\S+, found "prometheus:9090"$/,
    ],
    [['--prometheus', 'http://127.0.0.1:2'], /^netaware: http:\S+: cannot be reached \(ECONNREFUSED\)$/],
    [['--prometheus', 'http://x', '-n', 'a"b'], /^netaware: --namespace: wanted .*, found "a"b"$/],
    [
      ['--prometheus', 'http://x', '--bearer-token-file', '/nowhere'],
      /^netaware: \/nowhere: cannot be read \(ENOENT\)$/,
    ],
    [['--prometheus', 'http://x', '--window', 'today'], /'today' is invalid\. Wanted a duration/],
    [['--prometheus', 'http://x', '--min-share', '101'], /'101' is invalid\. Wanted a percentage from 0 to 100\./],
    [['--prometheus', 'http://x', '--mesh', 'consul'], /Allowed choices are istio, linkerd, hubble, auto/],
    [[], /required option '--prometheus <url>' not specified/],
  ])('is asked by %j', async (args, message) => {
    expect(await discover(...args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });
});
