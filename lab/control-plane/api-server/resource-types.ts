import { toResourceType } from '#lab/control-plane/api-server/custom/custom-resource-type.ts';
import { customResourceDefinition } from '#lab/control-plane/api-server/custom/definition.ts';
import { collectionName, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { BUILT_IN_TYPES, DEFINITIONS } from '#lab/control-plane/api-server/resources/built-in-types.ts';
import type { Change, ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';

/** The resources served now: those built in, and one for every CustomResourceDefinition in the store. */
export class ResourceTypes {
  readonly #byCollection = new Map<string, ResourceType>();
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
    for (const type of BUILT_IN_TYPES) this.#serve(type);
    store.subscribe(collectionName(DEFINITIONS), { onChange: (change) => this.#follow(change), onClosed: () => {} });
  }

  all(): ResourceType[] {
    return [...this.#byCollection.values()];
  }

  find(group: string, version: string, plural: string): ResourceType | undefined {
    const type = this.#byCollection.get(collectionName({ group, plural }));
    return type?.version === version ? type : undefined;
  }

  ofCollection(name: string): ResourceType | undefined {
    return this.#byCollection.get(name);
  }

  #follow({ type: changeType, object }: Change): void {
    const { name } = object.metadata;
    const type = changeType === 'DELETED' ? undefined : toResourceType(customResourceDefinition.parse(object));
    if (type !== undefined) {
      this.#serve(type);
    } else if (this.#byCollection.delete(name)) {
      this.#store.close(name);
    }
  }

  #serve(type: ResourceType): void {
    const name = collectionName(type);
    if (!this.#byCollection.has(name)) this.#store.open(name);
    this.#byCollection.set(name, type);
  }
}
