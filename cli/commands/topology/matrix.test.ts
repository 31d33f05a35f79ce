import { describe, expect, it } from 'vitest';
import { formatMatrix } from '#cli/commands/topology/matrix.ts';
import type { LinkView, TopologyView } from '#core/api/topology-view.ts';

function view(link: Partial<LinkView>): TopologyView {
  const nodes = ['a', 'b'].map((name) => ({ name, ready: true }));
  const links = [{ origin: 'a', destination: 'b', source: 'measured' as const, confidence: 1, rttMs: 0.52, ...link }];
  return { generatedAt: '2026-01-01T12:00:00Z', nodes, links };
}

describe('formatMatrix', () => {
  it('marks what was measured by TCP connections, and tells what the mark means', () => {
    const text = formatMatrix(view({ rttMethod: 'tcp' }), 'rtt');
    expect(text).toContain('0.52*');
    expect(text).toMatch(/\* by TCP connections, as ICMP is not answered$/);
  });

  it.each<{ behaviour: string; link: Partial<LinkView>; metric: 'rtt' | 'bandwidth' }>([
    { behaviour: 'a ping', link: { rttMethod: 'icmp' }, metric: 'rtt' },
    { behaviour: 'a link that tells no method', link: {}, metric: 'rtt' },
    { behaviour: 'an estimate', link: { source: 'zone', rttMethod: 'tcp' }, metric: 'rtt' },
    {
      behaviour: 'a bandwidth',
      link: { rttMethod: 'tcp', bandwidthMbps: 90, bandwidthAgeSeconds: 1 },
      metric: 'bandwidth',
    },
  ])('does not mark $behaviour', ({ link, metric }) => {
    expect(formatMatrix(view(link), metric)).not.toContain('*');
  });
});
