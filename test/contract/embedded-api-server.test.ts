import { startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { describeApiServerContract } from '#test/contract/api-server-contract.ts';

describeApiServerContract('the embedded API server', async () => {
  const server = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('contract', 'warn') });
  return { baseUrl: server.url, fetch, close: () => server.close() };
});
