import type { LabNode, LabPlan } from '#lab/lab-file.ts';
import { shapedPrefix } from '#lab/names.ts';

/**
 * What a link may send at once after a pause. Less than 4 ms worth cannot fill 1 Gbit/s at the kernel's timer resolution
 * (measured: 700 Mbit/s); more would let a test of a second exceed a slow link's rate.
 */
const BURST_MS = 4;
const BURST_FRAMES_AT_LEAST = 4;
/** Keeps htb from computing a quantum that it then warns of. */
const QUANTUM = 'quantum 60000';
const UNSHAPED_CLASS = 'fff';
/** Room in a link's queue beyond what is under way: 50 ms at full rate, and never below this many packets. */
const QUEUE_MS = 50;
const QUEUE_PACKETS_AT_LEAST = 1000;
/** netem counts packets, and most are not larger than this, whatever the MTU. */
const QUEUE_PACKET_BYTES = 1500;

/**
 * Lines for `tc -batch` that shape every link of a plan, on the router's ports towards the hosts (`${device}1` leads to
 * the host with index 1). For each origin an htb class with the link's rate and a netem with half of its delay: the other
 * half is on the way back. Loss is split likewise, so that a round trip is lost with the configured probability.
 */
export function shapingScript(plan: LabPlan, device: string): string[] {
  return plan.nodes.flatMap((destination) => {
    const port = `${device}${destination.index}`;
    const head = [
      `qdisc add dev ${port} root handle 1: htb default ${UNSHAPED_CLASS}`,
      `class add dev ${port} parent 1: classid 1:${UNSHAPED_CLASS} ${rateOf(10_000, plan.mtu)}`,
    ];
    const others = plan.nodes.filter((origin) => origin !== destination);
    return [...head, ...others.flatMap((origin) => linkLines(plan, origin, destination, port))];
  });
}

function linkLines(plan: LabPlan, origin: LabNode, destination: LabNode, port: string): string[] {
  const link = plan.links.find((known) => known.origin === origin.name && known.destination === destination.name);
  if (!link) return [];
  const minor = origin.index.toString(16);
  const delay = `${Math.round((link.rttMs / 2) * 1000)}us ${Math.round((link.jitterMs / 2) * 1000)}us`;
  const loss = `${(100 * oneWayLoss(link.lossPercent / 100)).toFixed(4)}%`;
  const queue = queuePackets(link.bandwidthMbps, link.rttMs);
  return [
    `class add dev ${port} parent 1: classid 1:${minor} ${rateOf(link.bandwidthMbps, plan.mtu)}`,
    `qdisc add dev ${port} parent 1:${minor} handle ${minor}00: netem delay ${delay} loss ${loss} limit ${queue}`,
    `filter add dev ${port} parent 1: protocol ip prio 1 u32 match ip src ${shapedPrefix(origin)}0/24 flowid 1:${minor}`,
  ];
}

function rateOf(bandwidthMbps: number, mtu: number): string {
  const burst = Math.max(BURST_FRAMES_AT_LEAST * mtu, Math.ceil((bandwidthMbps * 1000 * BURST_MS) / 8));
  return `htb rate ${Math.round(bandwidthMbps * 1000)}kbit burst ${burst} cburst ${burst} ${QUANTUM}`;
}

/** Loss of each direction, 0..1, of which both together lose a round trip with probability `roundTrip`. */
export function oneWayLoss(roundTrip: number): number {
  return 1 - Math.sqrt(1 - roundTrip);
}

function queuePackets(bandwidthMbps: number, rttMs: number): number {
  const bits = bandwidthMbps * 1000 * (rttMs / 2 + QUEUE_MS);
  return Math.max(QUEUE_PACKETS_AT_LEAST, Math.ceil(bits / 8 / QUEUE_PACKET_BYTES));
}
