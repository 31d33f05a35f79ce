import type { FieldValidation } from '#lab/control-plane/api-server/resource-type.ts';
import type { ResourceTypes } from '#lab/control-plane/api-server/resource-types.ts';
import type { ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';

/** What a write works on, and how the client wants it done. */
export interface WriteContext {
  store: ObjectStore;
  types: ResourceTypes;
  fieldManager: string;
  /** Everything but the storing. */
  dryRun: boolean;
  validation: FieldValidation;
  now: Date;
}
