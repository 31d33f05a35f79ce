import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesIn, namesAddress, serviceVariablesIn } from './addresses.ts';

/** "host:port form" */
function found(text: string, variable?: string): string[] {
  return addressesIn(text, variable).map(
    ({ host, port, form }) => `${host}${port === undefined ? '' : `:${port}`} ${form}`,
  );
}

describe('addresses in a text', () => {
  it.each<[text: string, want: string[]]>([
    ['http://cart', ['cart address']],
    ['http://cart:8080/v1?next=http%3A', ['cart:8080 address']],
    ['HTTPS://Cart.Shop.svc.cluster.local:8443', ['cart.shop.svc.cluster.local:8443 address']],
    ['redis://user:5432@cache:6379/0', ['cache:6379 address']],
    ['amqp://guest:a@b@queue', ['queue address']],
    ['jdbc:postgresql://db:5432/orders', ['db:5432 address']],
    ['mongodb://a:27017,b:27017,c/orders', ['a:27017 address', 'b:27017 address', 'c address']],
    ['kafka://a:9092,kafka://b:9092', ['a:9092 address', 'b:9092 address']],
    ['dns:///cart:7070', ['cart:7070 address']],
    ['user:secret@tcp(db:3306)/orders', ['db:3306 port']],
    ['cart:7070', ['cart:7070 port']],
    ['broker-0:9092;broker-1:9092', ['broker-0:9092 port', 'broker-1:9092 port']],
    ['until nc -z db 5432; do sleep 1; done', ['db:5432 words']],
    ['--db-host=postgres --level=info', ['postgres address']],
    ['--redis-addr\ncache\n--level\ninfo', ['cache address']],
    ['psql -h postgres -U shop', ['postgres address']],
    ['host=postgres user=shop dbname=orders', ['postgres address']],
    ['redis.host: cache\nredis.user: cart', ['cache address', 'redis.host dotted', 'redis.user dotted']],
    ['{"host": "cache", "name": "cart"}', ['cache address']],
    [`http://$\{CART_HOST:-cart}:$\{CART_PORT:8080}/`, ['cart:8080 address']],
    ['talk to cart.shop today', ['cart.shop dotted']],
    ['proxy_pass http://cart/;', ['cart address']],
    ['image: redis:7.2', []],
    ['12:30:00', []],
    ['user:5432@', []],
    ['cart is down; the cart-db too', []],
    ['/etc/cart.conf', []],
    ['name: cart', []],
    ['', []],
  ])('%j', (text, want) => {
    expect(found(text)).toEqual(want);
  });

  it.each<[variable: string, value: string, want: string[]]>([
    ['DB_HOST', 'postgres', ['postgres address']],
    ['DB_HOST', ' postgres\n', ['postgres address']],
    ['KAFKA_BROKERS', 'a,b:9092', ['b:9092 address', 'a address']],
    ['DB_USER', 'postgres', ['postgres alone']],
    ['GREETING', 'welcome to the cart', []],
    ['CART_ADDR', 'cart:7070', ['cart:7070 address']],
    ['CART', 'cart:7070', ['cart:7070 port']],
    ['DD_SERVICE', 'cart', ['cart alone']],
  ])('the value of %s, %j', (variable, value, want) => {
    expect(found(value, variable)).toEqual(want);
  });

  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const rest = fc.stringMatching(/^[-._]?[a-z0-9]{1,5}$/);

  it('a name that goes on before or after is another name', () => {
    fc.assert(
      fc.property(word, rest, fc.constantFrom('http://', 'x=', '', '@'), (name, more, before) => {
        for (const other of [`${name}${more}`, `${more.replace(/^[-._]/, '')}-${name}`]) {
          const hosts = addressesIn(`${before}${other}:80`, 'HOST').map(({ host }) => host);
          expect(hosts.filter((host) => host === name && host !== other)).toEqual([]);
        }
      }),
    );
  });

  it('takes time in proportion to the length of the text', () => {
    for (const unit of ['a', 'a.', 'a-', 'a:', '://', 'host=', '-', '${A:']) {
      expect(addressesIn(unit.repeat(100_000 / unit.length), 'HOST')).toBeDefined();
    }
  });
});

it.each<[name: string, isAddress: boolean]>([
  ['CART_ADDR', true],
  ['redis.host', true],
  ['DBHOST', true],
  ['brokerUrl', true],
  ['UPSTREAM_1', true],
  ['h', true],
  ['SERVICE', false],
  ['OTEL_SERVICE_NAME', false],
  ['DB_NAME', false],
  ['LOG_LEVEL', false],
  ['width', false],
])('%s names an address: %s', (name, isAddress) => {
  expect(namesAddress(name)).toBe(isAddress);
});

it('knows the variables that Kubernetes sets for Services', () => {
  expect(serviceVariablesIn(`http://$(CART_SERVICE_HOST):$\{CART_DB_SERVICE_PORT_HTTP} $XCART_SERVICE_HOSTS`)).toEqual([
    'CART',
    'CART_DB',
  ]);
});
