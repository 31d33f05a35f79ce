import { registerHooks } from 'node:module';

const LIBRARY = '/@kubernetes/client-node/dist/';
/**
 * What stands in for the library's generated classes of every Kubernetes resource where they are imported and not needed: they
 * take 35 MB in each process. A selector, all that is serialized here, is a string and stays as it is.
 */
const LEAN_SOURCES: Record<string, string> = {
  'gen/index.js':
    "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';",
  'serializer.js': 'export const ObjectSerializer = { serialize: (text) => text };',
};
/** Beside the modules themselves, which others may import. */
const LEAN = '?lean';

const hooks = registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    if (!isOfLibrary(context.parentURL) || !(pathIn(resolved.url) in LEAN_SOURCES)) return resolved;
    return { ...resolved, url: resolved.url + LEAN, shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.endsWith(LEAN)) return next(url, context);
    return { format: 'module', source: LEAN_SOURCES[pathIn(url.slice(0, -LEAN.length))] as string, shortCircuit: true };
  },
});

/** The parts of the library that would bring the generated classes along. */
export const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
export const { ListWatch } = await import('@kubernetes/client-node/dist/cache.js');

hooks.deregister();

function isOfLibrary(url: string | undefined): boolean {
  return url?.includes(LIBRARY) ?? false;
}

/** Of a module of the library. */
function pathIn(url: string): string {
  const start = url.lastIndexOf(LIBRARY);
  return start === -1 ? '' : url.slice(start + LIBRARY.length);
}
