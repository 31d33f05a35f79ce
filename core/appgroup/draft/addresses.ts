/** A host that a text names. */
export interface Address {
  /** As it stands there, in lower case. */
  host: string;
  port?: number;
  /**
   * How sure it is that this is a host. `address`: in a URL, or where a name says that an address follows. `port`: before a
   * colon and a number. `words`: a word and a number. `dotted`: a name with dots. `alone`: the whole value of a variable that
   * may mean anything.
   */
  form: 'address' | 'port' | 'words' | 'dotted' | 'alone';
}

/** A word that can be a host's name begins and ends here: `cart` is no part of `cart-db`, `my_cart` or `cart.example.com`. */
const BEFORE = '(?<![A-Za-z0-9._-])';
const AFTER = '(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])';
// Lengths are bounded so that a text of any kind is read in time proportional to its length.
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?';
const NAME = '[A-Za-z][\\w.-]{0,99}';
const PORT = ':(\\d{1,5})(?![\\w:@]|\\.\\w)';

/** The authority of a URL: what stands between "://" and the next "/", with or without user and password. */
const URL_AUTHORITY = /:\/\/+([^\s/?#"'<>`\\]+)/g;
const HOST_IN_AUTHORITY = new RegExp(`^(?:.*@)?(${HOST})(?::(\\d{1,5}))?$`);
const HOST_AND_PORT = new RegExp(`${BEFORE}(${HOST})${PORT}`, 'g');
/** As `nc -z cart 7070` takes them. */
const HOST_THEN_PORT = new RegExp(`${BEFORE}(${HOST})[ \\n](\\d{2,5})(?![\\w:]|\\.\\w)`, 'g');
const DOTTED = new RegExp(`(?<![A-Za-z0-9._/-])((?:[A-Za-z0-9-]+\\.)+[A-Za-z0-9-]+)${AFTER}(?!:\\d)`, 'g');
/** `host: cart`, `"host": "cart"`, `host=cart`, `--host=cart`. */
const NAMED = new RegExp(`(?<![\\w.])(${NAME})["']?[ \\t]{0,9}[:=][ \\t]{0,9}["']?(${HOST})(?=$|[\\s"',;)}\\]])`, 'gm');
/** `--host cart`, `-h cart`; in a list of arguments the two stand in lines of their own. */
const FLAG = new RegExp(`(?:^|\\s)--?(${NAME})\\s{1,9}["']?(${HOST})(?=$|[\\s"',;)])`, 'gm');
const WHOLE = new RegExp(`^${HOST}$`);
const NUMBER = /^[\d.]+$/;
const IP_ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$/;
const BETWEEN_URLS = /[,;|](?=[a-z][a-z0-9+.-]{0,29}:\/\/)/gi;
/** `${NAME:-default}` and `${NAME:default}`. */
const DEFAULT_VALUE = /\$\{\w+:[-=]?([^{}]*)\}/g;

/** Variables that tell a program its own name. */
const OWN_NAMES = ['DD_SERVICE', 'SERVICE', 'SVC'];
const ADDRESS_NAME =
  /(?:^h|host|hostname|addr|address|addresse|ur[il]|endpoint|server|service|svc|broker|upstream|backend|target|peer|seed|node|contactpoint|origin|dsn)s?$/;

/** Hosts that the text names; `variable` is the environment variable whose whole value it is. */
export function addressesIn(text: string, variable?: string): Address[] {
  const plain = text.replace(DEFAULT_VALUE, '$1').replace(BETWEEN_URLS, ' ');
  const found = new Map<string, Address>();
  const add = (host: string, port: string | undefined, form: Address['form']) => {
    if (NUMBER.test(host) && !IP_ADDRESS.test(host)) return;
    const address = { host: host.toLowerCase(), ...(port === undefined ? {} : { port: Number(port) }), form };
    const key = `${address.host}:${port ?? ''}`;
    if (!found.has(key)) found.set(key, address);
  };

  for (const [, authority = ''] of plain.matchAll(URL_AUTHORITY)) {
    // Several hosts, as in mongodb://a:1,b:2/db.
    for (const item of authority.split(/[,;|]/)) {
      const [, host, port] = HOST_IN_AUTHORITY.exec(item) ?? [];
      if (host !== undefined) add(host, port, 'address');
    }
  }
  const isAddress = variable !== undefined && namesAddress(variable);
  for (const [, host = '', port] of plain.matchAll(HOST_AND_PORT)) add(host, port, isAddress ? 'address' : 'port');
  for (const [, host = '', port] of plain.matchAll(HOST_THEN_PORT)) add(host, port, 'words');
  for (const [, name = '', host = ''] of [...plain.matchAll(NAMED), ...plain.matchAll(FLAG)]) {
    if (namesAddress(name)) add(host, undefined, 'address');
  }
  if (variable !== undefined) {
    for (const item of plain.split(/[\s,;]+/).filter((part) => WHOLE.test(part))) {
      if (isAddress) add(item, undefined, 'address');
      else if (item === plain.trim() && !item.includes('.')) add(item, undefined, 'alone');
    }
  }
  for (const [, host = ''] of plain.matchAll(DOTTED)) add(host, undefined, 'dotted');
  return [...found.values()];
}

/** True for a name such as CART_ADDR, redis.host, --upstream, DBHOST or brokerUrl: its value is an address. */
export function namesAddress(name: string): boolean {
  const bare = name.replace(/[\W\d_]+$/, '').replace(/^-+/, '');
  return !OWN_NAMES.includes(bare.toUpperCase()) && ADDRESS_NAME.test(bare.toLowerCase());
}

/** Names of variables that Kubernetes sets for each Service, where the text uses them: CART of `$(CART_SERVICE_HOST)`. */
export function serviceVariablesIn(text: string): string[] {
  return [...text.matchAll(/(?<![A-Za-z0-9_])([A-Z][A-Z0-9_]*)_SERVICE_(?:HOST|PORT)(?![A-Z0-9])/g)].map(
    ([, name = '']) => name,
  );
}
