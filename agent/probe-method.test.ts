import { describe, expect, it } from 'vitest';
import { FIRST_STATE, type MethodState, takeTurn } from '#agent/probe-method.ts';
import type { ProbeOutcome } from '#agent/probe-outcome.ts';
import type { RttMethod } from '#core/api/agent.ts';

const ANSWERED: ProbeOutcome = { outcome: 'answered', transmitted: 7, received: 7, rttMicroseconds: 100 };
const SILENT: ProbeOutcome = { outcome: 'unanswered', transmitted: 7, received: 0, cause: 'timeout' };
const FORBIDDEN: ProbeOutcome = { outcome: 'failed', cause: 'permission', reason: 'not permitted' };

interface Network {
  icmp: ProbeOutcome;
  tcp: ProbeOutcome;
}

/** Turns in a row; what was tried in each, and the method of its outcome. */
async function takeTurns(networks: readonly Network[], tcpKnown = true) {
  const signal = new AbortController().signal;
  const turns: { tried: RttMethod[]; method: RttMethod; outcome: string }[] = [];
  let state: MethodState = FIRST_STATE;
  for (const network of networks) {
    const tried: RttMethod[] = [];
    const probe = async (method: RttMethod) => {
      tried.push(method);
      return network[method];
    };
    const { method, outcome, next } = await takeTurn(state, tcpKnown, probe, signal);
    turns.push({ tried, method, outcome: outcome.outcome });
    state = next;
  }
  return turns;
}

const repeat = (count: number, network: Network) => Array.from({ length: count }, () => network);
const OPEN: Network = { icmp: ANSWERED, tcp: ANSWERED };
const NO_ICMP: Network = { icmp: SILENT, tcp: ANSWERED };
const DEAD: Network = { icmp: SILENT, tcp: SILENT };

describe('takeTurn', () => {
  it('goes by ping as long as pings are answered', async () => {
    for (const turn of await takeTurns(repeat(30, OPEN))) {
      expect(turn).toEqual({ tried: ['icmp'], method: 'icmp', outcome: 'answered' });
    }
  });

  it('goes by TCP in the first turn where a peer never answered a ping, and by that alone from then on', async () => {
    expect(await takeTurns(repeat(3, NO_ICMP))).toEqual([
      { tried: ['icmp', 'tcp'], method: 'tcp', outcome: 'answered' },
      { tried: ['tcp'], method: 'tcp', outcome: 'answered' },
      { tried: ['tcp'], method: 'tcp', outcome: 'answered' },
    ]);
  });

  it('takes two turns without an answer for bad luck, and not the third', async () => {
    const turns = await takeTurns([OPEN, ...repeat(4, NO_ICMP)]);
    expect(turns.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual([
      'icmp answered',
      'icmp unanswered',
      'icmp unanswered',
      'tcp answered',
      'tcp answered',
    ]);
  });

  it('goes by TCP at once where ping may not run', async () => {
    const turns = await takeTurns([OPEN, { icmp: FORBIDDEN, tcp: ANSWERED }]);
    expect(turns[1]).toEqual({ tried: ['icmp', 'tcp'], method: 'tcp', outcome: 'answered' });
  });

  it('tries ping again after 20 turns by TCP, and returns to it when it is answered', async () => {
    const turns = await takeTurns([...repeat(30, NO_ICMP), ...repeat(20, OPEN)]);
    const withPing = turns.flatMap(({ tried }, index) => (tried.includes('icmp') ? [index] : []));
    expect(withPing.slice(0, 3)).toEqual([0, 20, 40]);
    expect(turns.slice(0, 40).every(({ method }) => method === 'tcp')).toBe(true);
    expect(turns.slice(40).every(({ method, tried }) => method === 'icmp' && tried.length === 1)).toBe(true);
  });

  it('returns to ping at once where TCP is not answered any more and ping is', async () => {
    const turns = await takeTurns([NO_ICMP, { icmp: ANSWERED, tcp: SILENT }, OPEN]);
    expect(turns[1]).toEqual({ tried: ['tcp', 'icmp'], method: 'icmp', outcome: 'answered' });
    expect(turns[2]).toEqual({ tried: ['icmp'], method: 'icmp', outcome: 'answered' });
  });

  it.each<{ behaviour: string; networks: Network[]; want: RttMethod }>([
    { behaviour: 'ping, where that was answered last', networks: [OPEN, ...repeat(3, DEAD)], want: 'icmp' },
    { behaviour: 'TCP, where that was', networks: [NO_ICMP, DEAD], want: 'tcp' },
    { behaviour: 'ping, where none ever was', networks: [DEAD], want: 'icmp' },
    { behaviour: 'TCP, where ping may not run', networks: [{ icmp: FORBIDDEN, tcp: SILENT }], want: 'tcp' },
  ])('says that a link where both are in vain is silent by $behaviour', async ({ networks, want }) => {
    const turns = await takeTurns(networks);
    expect(turns.at(-1)).toMatchObject({ method: want, outcome: 'unanswered' });
    expect(turns.at(-1)?.tried.toSorted()).toEqual(['icmp', 'tcp']);
  });

  it.each([SILENT, FORBIDDEN])('keeps to ping where no port is known ($outcome)', async (icmp) => {
    for (const turn of await takeTurns(repeat(5, { icmp, tcp: ANSWERED }), false)) {
      expect(turn).toEqual({ tried: ['icmp'], method: 'icmp', outcome: icmp.outcome });
    }
  });

  it('tries nothing more once it is told to end', async () => {
    const ending = new AbortController();
    const probe = async () => {
      ending.abort();
      return SILENT;
    };
    expect(await takeTurn(FIRST_STATE, true, probe, ending.signal)).toMatchObject({ method: 'icmp', outcome: SILENT });
  });
});
