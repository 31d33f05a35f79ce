import type { ProbeOutcome } from '#agent/probe-outcome.ts';
import type { RttMethod } from '#core/api/agent.ts';

/** What an agent remembers of how a peer answers. */
export interface MethodState {
  method: RttMethod;
  /** Probes by ping in a row that got no answer. */
  silentPings: number;
  turnsByTcp: number;
}

/** So many probes in a row without an answer are more than bad luck; a link is called unreachable after as many. */
const SILENT_PINGS = 3;
/** Now and then ping is tried first, so that the link returns to it when ICMP is let through again. */
const PING_AGAIN_AFTER_TURNS = 20;

/** A peer that never answered a ping is tried by TCP after the first in vain, and not after the third. */
export const FIRST_STATE: MethodState = { method: 'icmp', silentPings: SILENT_PINGS - 1, turnsByTcp: 0 };

interface Tried {
  method: RttMethod;
  outcome: ProbeOutcome;
}

export interface Turn extends Tried {
  next: MethodState;
}

/**
 * Probes a peer once: by ping, and where ping cannot run or was in vain for several turns, by TCP connections. One turn has
 * one outcome, of one method: the one that was answered, else that of the method in use, unless it could not even be
 * tried. `tcpKnown`: the port for it is. After an abort nothing more is tried.
 */
export async function takeTurn(
  state: MethodState,
  tcpKnown: boolean,
  probe: (method: RttMethod) => Promise<ProbeOutcome>,
  signal: AbortSignal,
): Promise<Turn> {
  const first = firstMethod(state, tcpKnown);
  const tried: Tried[] = [{ method: first, outcome: await probe(first) }];
  if (!signal.aborted && triesOther(state, tried[0] as Tried, tcpKnown)) {
    const second = first === 'icmp' ? 'tcp' : 'icmp';
    tried.push({ method: second, outcome: await probe(second) });
  }
  const best =
    tried.find(({ outcome }) => outcome.outcome === 'answered') ??
    tried.find(({ method, outcome }) => outcome.outcome === 'unanswered' && method === state.method) ??
    tried.find(({ outcome }) => outcome.outcome === 'unanswered') ??
    (tried[0] as Tried);
  return { ...best, next: nextState(state, best) };
}

function firstMethod({ method, turnsByTcp }: MethodState, tcpKnown: boolean): RttMethod {
  return method === 'tcp' && tcpKnown && turnsByTcp % PING_AGAIN_AFTER_TURNS !== 0 ? 'tcp' : 'icmp';
}

function triesOther(state: MethodState, { method, outcome }: Tried, tcpKnown: boolean): boolean {
  if (outcome.outcome === 'answered' || !tcpKnown) return false;
  if (method === 'tcp' || state.method === 'tcp' || outcome.outcome === 'failed') return true;
  return state.silentPings + 1 >= SILENT_PINGS;
}

function nextState(state: MethodState, { method, outcome }: Tried): MethodState {
  const answered = outcome.outcome === 'answered';
  if (method === 'icmp' && answered) return { method: 'icmp', silentPings: 0, turnsByTcp: 0 };
  const turnsByTcp = state.method === 'tcp' || method === 'tcp' ? state.turnsByTcp + 1 : 0;
  if (method === 'tcp') return { method: answered ? 'tcp' : state.method, silentPings: SILENT_PINGS, turnsByTcp };
  return { method: state.method, silentPings: state.silentPings + 1, turnsByTcp };
}
