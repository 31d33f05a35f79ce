import { registerHooks } from 'node:module';
import { expect, it } from 'vitest';

it('is loaded without the generated classes, which others may load all the same', async () => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    load(url, context, next) {
      loaded.push(url.slice(url.lastIndexOf('/dist/') + 1));
      return next(url, context);
    },
  });
  const generated = () =>
    loaded.filter((path) => path.startsWith('dist/gen/models/') || path.startsWith('dist/gen/apis/'));
  try {
    const { KubeConfig } = await import('#runtime/kubernetes/client-library.ts');
    expect(loaded).toContain('dist/config.js');
    expect(loaded).toContain('dist/cache.js');
    expect(generated()).toEqual([]);
    const whole = await import('@kubernetes/client-node');
    expect(generated()).toContain('dist/gen/models/V1Node.js');
    expect(whole.KubeConfig).toBe(KubeConfig);
    expect(whole.CoreV1Api).toBeTypeOf('function');
  } finally {
    hooks.deregister();
  }
});
