import { describe, expect, it } from 'vitest';
import { ACCEPTED_OBJECTS, REFUSED_OBJECTS } from '#test/contract/refused-objects.ts';

const fieldOf = (path: readonly PropertyKey[]) =>
  path.reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : `${at}${at && '.'}${String(key)}`), '');

describe('the schemas refuse, as the API server does,', () => {
  it.each(REFUSED_OBJECTS)('$name', ({ resource, object, field, says }) => {
    const issues = resource.schema.safeParse(object).error?.issues ?? [];
    expect(issues.map(({ path }) => fieldOf(path))).toEqual([field]);
    const message = issues[0]?.message ?? '';
    if ('rule' in says) expect(message).toBe(says.rule);
    else for (const word of says.words) expect(message).toContain(word);
  });
});

describe('the schemas take, as the API server does,', () => {
  it.each(ACCEPTED_OBJECTS)('$name', ({ resource, object }) => {
    expect(resource.schema.safeParse(object).error).toBeUndefined();
  });
});
