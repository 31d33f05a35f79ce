import { fieldAt, type KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { badRequest } from '#lab/control-plane/api-server/status-error.ts';
import type { Matcher } from '#lab/control-plane/api-server/store/label-selector.ts';

const ALWAYS_SELECTABLE = ['metadata.name', 'metadata.namespace'];

/** The matcher of `field=value`, `field==value` and `field!=value`, joined by commas. Throws StatusError 400. */
export function parseFieldSelector(selector: string, selectableFields: readonly string[]): Matcher<KubeObject> {
  const requirements = selector
    .split(',')
    .filter((text) => text !== '')
    .map((text) => parseRequirement(text, selectableFields));
  return (object) => requirements.every((matches) => matches(object));
}

function parseRequirement(text: string, selectableFields: readonly string[]): Matcher<KubeObject> {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(text);
  if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  const [, field = '', operator, value] = match;
  if (!ALWAYS_SELECTABLE.includes(field) && !selectableFields.includes(field)) {
    const known = ALWAYS_SELECTABLE.map((name) => `"${name}"`).join(', ');
    throw badRequest(
      selectableFields.length === 0
        ? `"${field}" is not a known field selector: only ${known}`
        : `field label not supported: ${field}`,
    );
  }
  const matches = (object: KubeObject) => String(fieldAt(object, field) ?? '') === value;
  return operator === '!=' ? (object) => !matches(object) : matches;
}
