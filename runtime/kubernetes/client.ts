import { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { IsomorphicFetchHttpLibrary } from '@kubernetes/client-node/dist/gen/http/isomorphic-fetch.js';
import { AppError, type AppErrorCode } from '#core/errors.ts';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';

export type PatchType =
  | 'application/apply-patch+yaml'
  | 'application/merge-patch+json'
  | 'application/json-patch+json'
  | 'application/strategic-merge-patch+json';

const CODE_OF_STATUS: Record<number, AppErrorCode> = {
  400: 'INVALID_INPUT',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  422: 'INVALID_INPUT',
  429: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
};

/** Kubernetes' REST API by path, with the kubeconfig's authentication. Answers are plain JSON, dates stay strings. */
export interface KubernetesClient {
  kubeConfig: PooledKubeConfig;
  get(path: string): Promise<unknown>;
  create(path: string, body: object): Promise<unknown>;
  patch(path: string, type: PatchType, body: unknown): Promise<unknown>;
  /** Server-side apply: creates or changes just the fields given, as the named manager's own. */
  apply(path: string, fieldManager: string, body: object): Promise<unknown>;
  delete(path: string, body?: object): Promise<unknown>;
}

/** Where the API server is: a kubeconfig file, else the pod's own service account, KUBECONFIG or ~/.kube/config. */
export function loadKubeConfig(file?: string): PooledKubeConfig {
  const kubeConfig = new PooledKubeConfig();
  try {
    if (file === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(file);
  } catch (cause) {
    throw new AppError('INVALID_INPUT', `kubeconfig ${file ?? '(default)'}: ${(cause as Error).message}`, { cause });
  }
  return kubeConfig;
}

export function createKubernetesClient(kubeConfig: PooledKubeConfig, options: { timeoutMs: number }): KubernetesClient {
  const http = new IsomorphicFetchHttpLibrary();

  async function request(method: HttpMethod, path: string, body?: unknown, contentType = 'application/json') {
    const server = kubeConfig.getCurrentCluster()?.server;
    if (server === undefined) throw new AppError('INVALID_INPUT', 'kubeconfig: no current cluster');
    const context = new RequestContext(server + path, method);
    context.setHeaderParam('Accept', 'application/json');
    context.setSignal(AbortSignal.timeout(options.timeoutMs));
    if (body !== undefined) {
      context.setHeaderParam('Content-Type', contentType);
      context.setBody(JSON.stringify(body));
    }
    try {
      await kubeConfig.applySecurityAuthentication(context);
      const response = await http.send(context).toPromise();
      return { status: response.httpStatusCode, text: await response.body.text() };
    } catch (cause) {
      throw new AppError('UNAVAILABLE', `${method} ${path}: ${describeFailure(cause)}`, { cause });
    }
  }

  async function call(method: HttpMethod, path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const { status, text } = await request(method, path, body, contentType);
    if (status >= 200 && status < 300) return parseAnswer(text, `${method} ${path}`);
    throw new AppError(CODE_OF_STATUS[status] ?? 'FAILED', `${method} ${path}: ${status} ${statusMessage(text)}`);
  }

  return {
    kubeConfig,
    get: (path) => call(HttpMethod.GET, path),
    create: (path, body) => call(HttpMethod.POST, path, body),
    patch: (path, type, body) => call(HttpMethod.PATCH, path, body, type),
    apply: (path, fieldManager, body) =>
      call(
        HttpMethod.PATCH,
        `${path}?fieldManager=${encodeURIComponent(fieldManager)}&force=true`,
        body,
        'application/apply-patch+yaml',
      ),
    delete: (path, body) => call(HttpMethod.DELETE, path, body),
  };
}

function parseAnswer(text: string, request: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('UNAVAILABLE', `${request}: the answer is not JSON`, { cause });
  }
}

function statusMessage(text: string): string {
  try {
    const status = JSON.parse(text) as { message?: unknown };
    if (typeof status.message === 'string') return status.message;
  } catch {
    // Not a Status object: a proxy's page, say. The text itself is all there is.
  }
  return text.slice(0, 200);
}

function describeFailure(failure: unknown): string {
  const error = failure as Error & { cause?: Error };
  return error.cause?.message ? `${error.message} (${error.cause.message})` : error.message;
}
