import { describe, expect, test } from 'vitest';
import { type CustomResource, resourcePath } from '#core/api/custom-resources.ts';
import { ACCEPTED_OBJECTS, REFUSED_OBJECTS } from '#test/contract/refused-objects.ts';
import type { Sandbox } from '#test/contract/sandbox.ts';

interface Cause {
  field: string;
  message: string;
}

/** Nothing is stored: the objects of the cluster that the server works for stay as they are. */
export function refusedObjectTests(sandbox: () => Sandbox): void {
  function create(resource: CustomResource, object: object) {
    const { api, namespace } = sandbox();
    const path = resourcePath(resource, resource.scope === 'Namespaced' ? namespace : undefined);
    return api.post(`${path}?dryRun=All`, object);
  }

  describe('refuses', () => {
    test.each(REFUSED_OBJECTS)('$name', async ({ resource, object, field, says }) => {
      const { code, body } = await create(resource, object);
      expect([code, body.reason], body.message).toEqual([422, 'Invalid']);
      const causes = (body.details.causes as Cause[]).filter((cause) => cause.field === field);
      expect(causes, body.message).toHaveLength(1);
      const message = causes[0]?.message ?? '';
      if ('rule' in says) expect(message.replace(/^Invalid value: ("[^"]*": |-?\d+: )?/, '')).toBe(says.rule);
      else for (const word of says.words) expect(message).toContain(word);
    });
  });

  describe('takes', () => {
    test.each(ACCEPTED_OBJECTS)('$name', async ({ resource, object }) => {
      const { code, body } = await create(resource, object);
      // A cluster that has a NetworkTopology already says so only after it has found nothing wrong with this one.
      expect(code === 201 || body.reason === 'AlreadyExists', body.message).toBe(true);
    });
  });
}
