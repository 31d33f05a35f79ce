import { Agent, request } from 'node:http';

/** Calls an extender as kube-scheduler does: one call after the other, on a connection that is kept. */
export interface SchedulerClient {
  post(verb: string, body: string): Promise<string>;
  close(): void;
}

export function schedulerClient(port: number): SchedulerClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    post: (verb, body) =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: `/scheduler/${verb}`, method: 'POST', agent };
        const call = request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode === 200) resolve(text);
            else reject(new Error(`${verb}: ${response.statusCode} ${text.slice(0, 200)}`));
          });
        });
        call.setHeader('Content-Type', 'application/json');
        call.once('error', reject);
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}
