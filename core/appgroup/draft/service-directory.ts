import type { Address } from '#core/appgroup/draft/addresses.ts';
import type { ApplicationService, PodOwner } from '#core/appgroup/draft/application.ts';

/** What an address leads to, for pods of one namespace. */
export type Destination =
  | { kind: 'service'; service: ApplicationService; guessedNamespace?: string }
  /** The Service does not listen there. */
  | { kind: 'wrongPort'; service: ApplicationService }
  /** Nothing in the manifests has that name. */
  | { kind: 'unknown' };

/** Finds Services by the names that Kubernetes' DNS knows them by. */
export class ServiceDirectory {
  readonly #services: ReadonlyMap<string, ApplicationService>;
  readonly #statefulSets: readonly string[];

  constructor(services: readonly ApplicationService[], owners: readonly PodOwner[]) {
    this.#services = new Map(services.map((service) => [`${service.namespace}/${service.name}`, service]));
    this.#statefulSets = owners.filter(({ kind }) => kind === 'StatefulSet').map(({ name }) => name);
  }

  /** `namespace` is that of the pods that use the address. */
  find({ host, port, form }: Address, namespace: string): Destination {
    const { service, guessedNamespace } = this.#byName(host, namespace) ?? {};
    if (service === undefined) return { kind: 'unknown' };
    // Behind a headless Service and another's name are all ports of whoever answers.
    const isOpen = service.isHeadless || service.externalName !== undefined || service.ports.length === 0;
    const hasPort = port === undefined || service.ports.includes(port);
    if (!hasPort && (!isOpen || form === 'words')) return { kind: 'wrongPort', service };
    return { kind: 'service', service, ...(guessedNamespace === undefined ? {} : { guessedNamespace }) };
  }

  /** The Service whose variables Kubernetes gives that name: CART_DB for `cart-db`. */
  byVariable(name: string, namespace: string): ApplicationService | undefined {
    return [...this.#services.values()].find(
      (service) => service.namespace === namespace && service.name.toUpperCase().replaceAll('-', '_') === name,
    );
  }

  #byName(
    host: string,
    namespace: string,
    depth = 0,
  ): { service: ApplicationService; guessedNamespace?: string } | undefined {
    const [name = '', second, third] = host.split('.');
    if (/^[\d.]+$/.test(host)) return this.#byClusterIP(host);
    if (second === undefined) return this.#follow(this.#services.get(`${namespace}/${name}`), depth);
    if (third === undefined || third === 'svc') {
      const known = this.#services.get(`${second}/${name}`);
      if (known) return this.#follow(known, depth);
      // Manifests that leave their namespace to kubectl name it in an address all the same.
      const here = this.#services.get(`/${name}`);
      if (third === 'svc' && here && namespace === '') return { service: here, guessedNamespace: second };
    }
    const isPod = this.#statefulSets.some((set) => name.replace(/-\d+$/, '') === set && name !== set);
    return isPod ? this.#byName(host.slice(name.length + 1), namespace, depth) : undefined;
  }

  /** A Service that only stands for the name of another one is that one. */
  #follow(service: ApplicationService | undefined, depth: number): { service: ApplicationService } | undefined {
    if (service?.externalName === undefined || depth >= 5) return service && { service };
    return this.#byName(service.externalName, service.namespace, depth + 1) ?? { service };
  }

  #byClusterIP(address: string): { service: ApplicationService } | undefined {
    const service = [...this.#services.values()].find(({ clusterIP }) => clusterIP === address);
    return service && { service };
  }
}
