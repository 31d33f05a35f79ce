import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { appGroup } from '#core/api/app-group.ts';
import { appGroupManifest } from '#core/appgroup/proposal.ts';
import { makeConfigMap, makeOwner, makeServed, makeService } from '#test/application-manifests.ts';
import { EXAMPLES, manifestPath } from '#test/manifests/kustomize.ts';
import type { ApplicationManifest } from './application.ts';
import { type DraftOptions, draftAppGroup } from './draft.ts';
import { missingLabels, patchCommand } from './missing-labels.ts';

function draft(manifests: readonly ApplicationManifest[], options: Partial<DraftOptions> = {}) {
  return draftAppGroup(manifests, { fallbackName: 'app', ...options });
}

/** "origin -> destination" */
function callsOf(manifests: readonly ApplicationManifest[], options?: Partial<DraftOptions>): string[] {
  return draft(manifests, options)
    .calls.map(({ origin, destination }) => `${origin} -> ${destination}`)
    .toSorted();
}

function fixture(name: string): ApplicationManifest[] {
  return manifestsIn(readFileSync(new URL(`../../../test/fixtures/applications/${name}`, import.meta.url), 'utf8'));
}

function manifestsIn(text: string): ApplicationManifest[] {
  return [...parseAllDocuments(text)].map((document) => {
    const value = document.toJS() as { apiVersion: string; kind: string };
    return { ...value, value, source: value.kind };
  });
}

/** `web` with something in its pods, beside `cart` and its Service at port 8080. */
function beside(owner: Parameters<typeof makeOwner>[1], ...more: ApplicationManifest[]): ApplicationManifest[] {
  return [makeOwner('web', owner), ...makeServed('cart', { ports: [8080] }), ...more];
}

describe('applications as they are published', () => {
  it("finds exactly Online Boutique's calls", () => {
    expect(callsOf(fixture('online-boutique.yaml'), { exclude: ['loadgenerator'] })).toEqual([
      'cartservice -> redis-cart',
      'checkoutservice -> cartservice',
      'checkoutservice -> currencyservice',
      'checkoutservice -> emailservice',
      'checkoutservice -> paymentservice',
      'checkoutservice -> productcatalogservice',
      'checkoutservice -> shippingservice',
      'frontend -> adservice',
      'frontend -> cartservice',
      'frontend -> checkoutservice',
      'frontend -> currencyservice',
      'frontend -> productcatalogservice',
      'frontend -> recommendationservice',
      'frontend -> shippingservice',
      'recommendationservice -> productcatalogservice',
    ]);
  });

  it('finds who makes load, and an address that leads nowhere', () => {
    const manifests = fixture('online-boutique.yaml');
    expect(callsOf(manifests).filter((call) => call.startsWith('loadgenerator'))).toEqual([
      'loadgenerator -> frontend',
    ]);
    expect(draft(manifests).assumptions).toContain(
      'shoppingassistantservice is no Service in the files (env SHOPPING_ASSISTANT_SERVICE_ADDR of Deployment frontend)',
    );
  });

  it("finds Bookinfo's calls, to each version behind a Service", () => {
    const manifests = fixture('bookinfo.yaml');
    expect(callsOf(manifests)).toEqual([
      'productpage-v1 -> details-v1',
      'productpage-v1 -> reviews-v1',
      'productpage-v1 -> reviews-v2',
      'productpage-v1 -> reviews-v3',
      'reviews-v2 -> ratings-v1',
      'reviews-v3 -> ratings-v1',
    ]);
    expect(draft(manifests).assumptions).toContain(
      'Service reviews is reviews-v1, reviews-v2, reviews-v3: a call goes to each of them',
    );
  });
});

describe.each(EXAMPLES)('%s', (folder) => {
  it('is drafted as it was written', () => {
    const read = (file: string) => manifestsIn(readFileSync(manifestPath(`${folder}/${file}`), 'utf8'));
    const [written] = read('app-group.yaml').map(({ value }) => appGroup.parse(value));
    const calls = written?.spec.workloads.flatMap(({ name: origin, dependencies }) =>
      dependencies.map(({ name: destination }) => `${origin} -> ${destination}`),
    );
    expect(callsOf(read('workloads.yaml'))).toEqual(calls?.toSorted());
    expect(draft(read('workloads.yaml'))).toMatchObject(written?.metadata ?? {});
  });
});

describe('what tells that web calls cart', () => {
  const mount = { volumeMounts: [{ name: 'conf', mountPath: '/conf' }] };
  it.each<[what: string, manifests: ApplicationManifest[], evidence: string]>([
    ['a variable', beside({ env: { CART_ADDR: 'cart:8080' } }), 'env CART_ADDR (cart:8080)'],
    ['a URL', beside({ env: { X: 'redis://u:p@cart:8080/0' } }), 'env X (cart:8080)'],
    ['the host alone', beside({ env: { CART_HOST: 'cart' } }), 'env CART_HOST (cart)'],
    [
      'a name with the namespace',
      beside({ env: { X: 'http://cart.shop' } }, ...makeServed('cart', { namespace: 'shop' })).map(inShop),
      'env X (cart.shop)',
    ],
    [
      'a full name',
      beside({ env: { X: 'cart.shop.svc.cluster.local' } }).map(inShop),
      'env X (cart.shop.svc.cluster.local)',
    ],
    [
      "a variable that is made of others'",
      beside({ env: { NAME: 'cart', URL: 'http://$(NAME):8080' } }),
      'env URL (cart:8080)',
    ],
    [
      "a variable of Kubernetes'",
      beside({ env: { URL: 'http://$(CART_SERVICE_HOST)' } }),
      'env URL (CART_SERVICE_HOST)',
    ],
    ['an argument', beside({ container: { args: ['--cart-url', 'http://cart:8080'] } }), 'args (cart:8080)'],
    ['a command', beside({ container: { command: ['sh', '-c', 'nc -z cart 8080'] } }), 'command (cart:8080)'],
    [
      'a key of a ConfigMap',
      beside(
        { container: { env: [{ name: 'CART', valueFrom: { configMapKeyRef: { name: 'conf', key: 'addr' } } }] } },
        makeConfigMap('conf', { addr: 'cart:8080', other: 'http://nobody' }),
      ),
      'env CART, ConfigMap conf (cart:8080)',
    ],
    [
      'all keys of a ConfigMap',
      beside(
        { container: { envFrom: [{ prefix: 'APP_', configMapRef: { name: 'conf' } }] } },
        makeConfigMap('conf', { CART_HOST: 'cart' }),
      ),
      'env APP_CART_HOST, ConfigMap conf (cart)',
    ],
    [
      'a mounted file',
      beside(
        { container: mount, spec: { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] } },
        makeConfigMap('conf', { 'nginx.conf': 'upstream u { server cart:8080; }' }),
      ),
      'file nginx.conf, ConfigMap conf (cart:8080)',
    ],
    [
      'a projected file',
      beside(
        {
          container: mount,
          spec: { volumes: [{ name: 'conf', projected: { sources: [{ configMap: { name: 'conf' } }] } }] },
        },
        makeConfigMap('conf', { 'app.yaml': 'cart:\n  url: http://cart' }),
      ),
      'file app.yaml, ConfigMap conf (cart)',
    ],
    [
      'an init container',
      beside({ spec: { initContainers: [{ name: 'wait', args: ['cart:8080'] }] } }),
      'args of container wait (cart:8080)',
    ],
    ['a job that runs by the clock', beside({ kind: 'CronJob', env: { CART: 'cart:8080' } }), 'env CART (cart:8080)'],
    [
      'another name for it',
      beside(
        { env: { BASKET_HOST: 'basket' } },
        makeService('basket', { spec: { type: 'ExternalName', externalName: 'cart', selector: {} } }),
      ),
      'env BASKET_HOST (basket)',
    ],
  ])('%s', (_what, manifests, evidence) => {
    const { calls } = draft(manifests);
    expect(calls).toEqual([{ origin: 'web', destination: 'cart', weight: 1, because: evidence }]);
  });

  it('the name of a pod behind a headless Service, at any port', () => {
    const db = makeServed('db', { kind: 'StatefulSet', serviceSpec: { clusterIP: 'None' } });
    expect(callsOf([makeOwner('web', { env: { SEEDS: 'db-0.db:9042,db-1.db:9042' } }), ...db])).toEqual(['web -> db']);
  });

  it("a Service's address as the API server has given it", () => {
    const cart = makeServed('cart', { serviceSpec: { clusterIP: '10.0.0.9' } });
    expect(callsOf([makeOwner('web', { env: { X: 'http://10.0.0.9' } }), ...cart])).toEqual(['web -> cart']);
  });
});

describe('what does not tell that web calls cart', () => {
  const hidden = { spec: { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] } };
  it.each<[what: string, manifests: ApplicationManifest[]]>([
    ['a word in a sentence', beside({ env: { MOTTO: 'your cart is empty' } })],
    [
      'a part of another name',
      beside({ env: { A: 'http://cart-db', B: 'my.cart:8080', C: 'http://cart.example.com' } }),
    ],
    ['a port that the Service has not', beside({ env: { A: 'cart:1' } })],
    ['a name in another namespace', beside({ env: { A: 'http://cart.other' } }).map(inShop)],
    ['the name of a user', beside({ env: { DB_USER: 'cart' } })],
    ['its own name for tracing', beside({ env: { OTEL_SERVICE_NAME: 'cart' } })],
    ['a path', beside({ container: { args: ['--file', '/etc/cart/cart.conf'] } })],
    ['an image', beside({ container: { image: 'cart:8080' } })],
    ['a file that is not mounted', beside(hidden, makeConfigMap('conf', { a: 'http://cart' }))],
    ['a ConfigMap that nobody uses', beside({}, makeConfigMap('conf', { a: 'http://cart' }))],
  ])('%s', (_what, manifests) => {
    expect(callsOf(manifests)).toEqual([]);
  });
});

describe('assumptions', () => {
  it.each<[what: string, manifests: ApplicationManifest[], assumption: string | RegExp]>([
    ['weights', beside({}), /^every call weighs 1: /],
    [
      'a word that may be an address',
      beside({ env: { DB_USER: 'cart' } }),
      'Deployment web: env DB_USER (cart) is taken for a mere word, though a Service has that name',
    ],
    [
      'a port',
      beside({ env: { CART: 'cart:1' } }),
      'Deployment web: env CART (cart:1) is no call: Service cart has no port 1',
    ],
    [
      'a Secret',
      beside({ container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] } }),
      'Deployment web: env X from Secret s: Secrets are not read',
    ],
    [
      'a missing ConfigMap',
      beside({ container: { envFrom: [{ configMapRef: { name: 'gone' } }] } }),
      'Deployment web: variables from ConfigMap gone: it is not in the files',
    ],
    [
      'a Service without pods',
      [makeOwner('web', { env: { DB_HOST: 'db' } }), makeService('db')],
      'Deployment web talks to Service db, env DB_HOST (db): no workload in the files has its pods',
    ],
    [
      'a Service elsewhere',
      [makeOwner('web', { namespace: 'shop', env: { DB_HOST: 'db.data' } }), makeService('db', { namespace: 'data' })],
      'Deployment web talks to Service db, env DB_HOST (db.data): it is in namespace data, and an AppGroup has one',
    ],
    [
      'a name for what is outside',
      [
        makeOwner('web', { env: { DB_HOST: 'db' } }),
        makeService('db', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
      ],
      'Deployment web talks to Service db, env DB_HOST (db): it stands for db.example.com',
    ],
    [
      'itself',
      makeServed('db', { env: { PEERS: 'db:80' } }),
      'db talks to pods of its own, env PEERS (db:80): no workload depends on itself',
    ],
    [
      'hosts outside, without the password',
      [makeOwner('web', { env: { SMTP: 'smtp://me:secret@mail.example.com:587' } })],
      'mail.example.com is no Service in the files (env SMTP of Deployment web)',
    ],
    [
      'a namespace that only addresses name',
      beside({ env: { CART: 'http://cart.shop.svc:8080' } }),
      'the namespace is shop: addresses say so, the manifests name none',
    ],
    ['who is alone', beside({}), 'web calls no other workload and is called by none, as far as the manifests tell'],
    [
      'a Job',
      beside({}, { ...makeOwner('once'), apiVersion: 'batch/v1', kind: 'Job', source: 'f.yaml: Job once' }),
      /^Job once is left out: /,
    ],
  ])('tell of %s', (_what, manifests, assumption) => {
    expect(draft(manifests).assumptions).toContainEqual(
      typeof assumption === 'string' ? assumption : expect.stringMatching(assumption),
    );
  });
});

describe('the group', () => {
  const labelled = (part: string) => makeOwner('web', { labels: { 'app.kubernetes.io/part-of': part } });

  it.each<[what: string, manifests: ApplicationManifest[], options: Partial<DraftOptions>, name: string]>([
    ['the name that is given', [labelled('store')], { name: 'mine' }, 'mine'],
    ['what its pods are part of', [labelled('Web_Store')], { namespace: 'shop' }, 'web-store'],
    [
      'the group that its pods are labelled with',
      [makeOwner('a', { labels: { 'netaware.io/app-group': 'g' } })],
      {},
      'g',
    ],
    ['the namespace', [makeOwner('web', { namespace: 'shop' })], {}, 'shop'],
    ['the file', [labelled('store'), labelled('other'), makeOwner('x')], { namespace: 'default' }, 'app'],
  ])('is named like %s', (_what, manifests, options, name) => {
    expect(draft(manifests, options)).toMatchObject({ name });
  });

  it('has the namespace of its workloads, and none where they have none', () => {
    expect(draft([makeOwner('web', { namespace: 'shop' }), makeOwner('db')]).namespace).toBe('shop');
    expect(draft([makeOwner('web')]).namespace).toBeUndefined();
  });

  it.each<[what: string, manifests: ApplicationManifest[], options: Partial<DraftOptions>, message: RegExp]>([
    ['nothing', [], {}, /^no Deployment, StatefulSet, DaemonSet or CronJob$/],
    [
      'nothing in the namespace',
      [makeOwner('a', { namespace: 'x' })],
      { namespace: 'y' },
      /CronJob in namespace y, only in x$/,
    ],
    [
      'two namespaces',
      [makeOwner('a', { namespace: 'x' }), makeOwner('b', { namespace: 'y' })],
      {},
      /^workloads of several namespaces \(x, y\), .*--namespace$/,
    ],
    [
      'an unknown workload to exclude',
      [makeOwner('a')],
      { exclude: ['b'] },
      /^--exclude: no workload "b"; there are a$/,
    ],
    [
      'a wrong field',
      [{ ...makeOwner('a'), value: { metadata: { name: 'a' }, spec: {} } }],
      {},
      /^app\.yaml: Deployment a: spec\.template: missing, wanted object$/,
    ],
  ])('is not drafted from %s', (_what, manifests, options, message) => {
    expect(() => draft(manifests, options)).toThrow(message);
  });

  it('takes the later of two objects of one name', () => {
    const [old, current] = [makeOwner('web', { env: { CART: 'cart:80' } }), makeOwner('web')];
    expect(callsOf([old, ...makeServed('cart'), current])).toEqual([]);
  });

  it('passes over the pods that a controller made', () => {
    const metadata = { name: 'web-1', ownerReferences: [{ kind: 'ReplicaSet', name: 'web' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', value: { metadata }, source: 'app.yaml: Pod web-1' };
    expect(draft([makeOwner('web'), pod]).assumptions.join()).not.toContain('web-1');
  });

  it('calls workloads as their pods are labelled, and two of one label one workload', () => {
    const labels = { 'netaware.io/workload': 'front' };
    const manifests = [
      makeOwner('web-blue', { labels, env: { CART: 'cart:80' } }),
      makeOwner('web-green', { labels }),
      ...makeServed('cart'),
    ];
    expect(callsOf(manifests)).toEqual(['front -> cart']);
    expect(draft(manifests).workloads.map(({ name }) => name)).toEqual(['front', 'cart']);
    expect(draft(manifests).assumptions).toContainEqual(expect.stringMatching(/are one workload, front: /));
  });

  it('tells apart a Deployment and a StatefulSet of one name', () => {
    const { workloads, assumptions } = draft([makeOwner('db'), makeOwner('db', { kind: 'StatefulSet' })]);
    expect(workloads.map(({ name }) => name)).toEqual(['db', 'statefulset-db']);
    expect(assumptions).toContainEqual(expect.stringMatching(/^the pods of StatefulSet db are the workload /));
  });
});

describe('labels', () => {
  it('are asked for where a pod template has not got them', () => {
    const group = { 'netaware.io/app-group': 'app' };
    const manifests = [
      makeOwner('web', { namespace: 'shop', labels: { ...group, 'netaware.io/workload': 'web' } }),
      makeOwner('cart', { namespace: 'shop', labels: group }),
      makeOwner('nightly', { namespace: 'shop', kind: 'CronJob' }),
    ];
    expect(missingLabels(draft(manifests, { name: 'app' })).map(patchCommand)).toEqual([
      `kubectl patch deployment cart -n shop -p '{"spec":{"template":{"metadata":{"labels":{"netaware.io/workload":"cart"}}}}}'`,
      `kubectl patch cronjob nightly -n shop -p '{"spec":{"jobTemplate":{"spec":{"template":{"metadata":{"labels":{"netaware.io/app-group":"app","netaware.io/workload":"nightly"}}}}}}}'`,
    ]);
  });
});

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);

it('whatever workloads there are and whoever they call, the draft is a valid AppGroup of these calls', () => {
  const application = fc.uniqueArray(name, { minLength: 1, maxLength: 8 }).chain((names) =>
    fc.record({
      names: fc.constant(names),
      calls: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), {
        selector: (call) => call.join(),
      }),
    }),
  );
  fc.assert(
    fc.property(application, ({ names, calls }) => {
      const manifests = names.flatMap((owner) => {
        const callees = calls
          .filter(([origin]) => origin === owner)
          .map(([, callee], index) => [`ADDR_${index}`, `${callee}:80`]);
        return makeServed(owner, { env: Object.fromEntries(callees) });
      });
      const wanted = calls.filter(([origin, callee]) => origin !== callee).map((call) => call.join(' -> '));
      expect(callsOf(manifests)).toEqual(wanted.toSorted());
      expect(appGroup.safeParse(appGroupManifest(draft(manifests))).success).toBe(true);
    }),
  );
});

function inShop(manifest: ApplicationManifest): ApplicationManifest {
  const { metadata } = manifest.value as { metadata: object };
  return { ...manifest, value: { ...(manifest.value as object), metadata: { namespace: 'shop', ...metadata } } };
}
