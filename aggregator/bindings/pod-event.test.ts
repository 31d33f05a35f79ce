import { describe, expect, it } from 'vitest';
import { podEvent } from '#aggregator/bindings/pod-event.ts';

const UID = '0f1e2d3c-4b5a-4697-8877-665544332211';
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

describe('an event about a pod', () => {
  it.each([
    ['a short name', 'web-0', `web-0.${UID}.notscored`],
    ['a long one', 'w'.repeat(253), `${'w'.repeat(150)}.${UID}.notscored`],
    ['one with a hyphen where it is cut', `${'w'.repeat(149)}-${'0'.repeat(9)}`, `${'w'.repeat(149)}.${UID}.notscored`],
    ['one with a dot there', `${'w'.repeat(149)}.${'0'.repeat(9)}`, `${'w'.repeat(149)}.${UID}.notscored`],
    ['one with hyphens before', `${'w'.repeat(147)}---${'0'.repeat(9)}`, `${'w'.repeat(147)}.${UID}.notscored`],
  ])('has a name that the API server takes: %s', (_what, name, want) => {
    const told = { type: 'Warning', reason: 'NotScored', message: 'x' } as const;
    const event = podEvent({ uid: UID, namespace: 'default', name }, told, '2026-01-01T12:00:00Z');
    expect(event).toMatchObject({ metadata: { name: want } });
    expect(want).toMatch(new RegExp(`^${LABEL}([.]${LABEL})*$`));
    expect(want.length).toBeLessThanOrEqual(253);
  });
});
