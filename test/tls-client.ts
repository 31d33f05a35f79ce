import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import type { KeyPairFiles } from '#test/certificates.ts';

export interface TlsAnswer {
  status: number | undefined;
  body: string;
  headers: IncomingMessage['headers'];
  /** Common name of the certificate that the server showed. */
  serverName: string | undefined;
}

/** One request on a connection of its own, by a client that trusts the CA in `caFile` and shows `client`. */
export function askByTls(
  url: string,
  options: { caFile: string; client?: KeyPairFiles | undefined; token?: string; method?: string; body?: string },
): Promise<TlsAnswer> {
  const { caFile, client, token, method = 'GET', body } = options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // The server is told that the connection is kept, so that it says for how long.
  const agent = new Agent({ keepAlive: true });
  const keyPair = client && { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
  const answer = new Promise<TlsAnswer>((resolve, reject) => {
    request(url, { ca: readFileSync(caFile), ...keyPair, method, agent, headers }, async (response) => {
      const { socket, statusCode: status } = response;
      const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
      const serverName = certificate?.subject.CN?.toString();
      resolve({ status, headers: response.headers, body: await text(response), serverName });
    })
      .on('error', reject)
      .end(body);
  });
  return answer.finally(() => agent.destroy());
}
