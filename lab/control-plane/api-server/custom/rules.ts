import { CUSTOM_RESOURCES } from '#core/api/custom-resources.ts';
import { GROUP } from '#core/api/names.ts';
import { childPath } from '#lab/control-plane/api-server/custom/schema.ts';
import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import type { FieldError } from '#lab/control-plane/api-server/status-error.ts';

/**
 * The rules that an object of netaware's own kinds breaks. A CustomResourceDefinition has them in CEL, which is not
 * evaluated here: the zod schemas that they come from say the same in the same words.
 */
export function checkRules(object: KubeObject, type: { group: string; kind: string }): FieldError[] {
  const resource = CUSTOM_RESOURCES.find(({ kind }) => type.group === GROUP && kind === type.kind);
  const issues = resource?.schema.safeParse(object, { reportInput: true }).error?.issues ?? [];
  return issues.map(({ path, message, input }) => ({
    reason: 'FieldValueInvalid',
    field: (path as (string | number)[]).reduce<string>(childPath, ''),
    message: `Invalid value: ${typeof input === 'object' ? '' : `${JSON.stringify(input)}: `}${message}`,
  }));
}
