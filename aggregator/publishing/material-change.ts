import { isDeepStrictEqual } from 'node:util';
import { roomMoved } from '#aggregator/cluster/interfaces.ts';
import { moved } from '#aggregator/publishing/moved.ts';
import { PARTS_PER_MILLION, UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { type FreshSeconds, freshSeconds } from '#core/topology/measured-links.ts';
import { createTimestampParser } from '#core/topology/timestamps.ts';

/**
 * Why readers have to hear of a slice: the node moved or was made anew, links came or went, a metric moved, a bandwidth was
 * tested, it has another coordinate (those that hardly moved are kept: core/coordinates/steady.ts), what its interface has
 * left moved, links are no longer measured or are again, or the promise to tell all this is half over.
 */
export type MaterialChange =
  | 'node'
  | 'coordinate'
  | 'interface'
  | 'links'
  | 'moved'
  | 'tested'
  | 'freshness'
  | 'confirmation';

/** Unix times: now, and since when this process has heard of measurements. */
export interface ChangeTimes {
  nowMs: number;
  listeningSinceMs: number;
}

/** Undefined where a write can wait for the next one: what moved is jitter, and goes along with the rest. */
export function materialChange(
  published: NetworkTopologySlice | undefined,
  current: NetworkTopologySlice,
  probe: ProbeSettings,
  times: ChangeTimes,
): MaterialChange | undefined {
  if (published === undefined) return hasContent(current) ? 'links' : undefined;
  const isOtherNode = published.zone !== current.zone || published.region !== current.region;
  if (isOtherNode || ownerUid(published) !== ownerUid(current)) return 'node';
  if (!isDeepStrictEqual(published.coordinate, current.coordinate)) return 'coordinate';
  if (roomMoved(published.interface, current.interface)) return 'interface';
  const pairs = samePairs(published.links, current.links);
  if (pairs === undefined) return 'links';
  if (pairs.some(([before, after]) => hasMoved(before, after))) return 'moved';
  if (pairs.some(([before, after]) => before.bandwidthMeasuredAt !== after.bandwidthMeasuredAt)) return 'tested';
  return freshnessChange(published, pairs, freshSeconds(probe), times);
}

/** Whether a link that was measured just now is a reason to look at its slice; cheaper, and never false where there is one. */
export function linkMatters(
  published: Pick<NetworkTopologySlice, 'observedAt'>,
  pair: Pair,
  probe: ProbeSettings,
  nowMs: number,
): boolean {
  const [before, after] = pair;
  if (hasMoved(before, after) || before.bandwidthMeasuredAt !== after.bandwidthMeasuredAt) return true;
  return freshnessChange(published, [pair], freshSeconds(probe), { nowMs, listeningSinceMs: nowMs }) !== undefined;
}

function hasContent({ links, coordinate, interface: room }: NetworkTopologySlice): boolean {
  return links.length > 0 || coordinate !== undefined || room !== undefined;
}

type Pair = readonly [before: MeasuredLink, after: MeasuredLink];

/** Each link before and after; undefined where any came or went. */
function samePairs(before: readonly MeasuredLink[], after: readonly MeasuredLink[]): Pair[] | undefined {
  if (before.length !== after.length) return undefined;
  const pairs = after.map((link, index): Pair => [before[index] as MeasuredLink, link]);
  return pairs.every(([{ destination }, link]) => destination === link.destination) ? pairs : undefined;
}

/** Of 32 links of a quiet network hardly one may pass for moved within an hour. One or two lost pings are no trend. */
function hasMoved(before: MeasuredLink, after: MeasuredLink): boolean {
  const fewPings = (FEW_PINGS * PARTS_PER_MILLION) / Math.max(1, after.samples);
  const cameOrWent = isUnreachable(before) !== isUnreachable(after);
  return (
    cameOrWent ||
    (before.rttMethod ?? 'icmp') !== (after.rttMethod ?? 'icmp') ||
    moved('rttMicroseconds', before.rttMicroseconds, after.rttMicroseconds, rttNoise(before, after)) ||
    moved('lossPartsPerMillion', before.lossPartsPerMillion, after.lossPartsPerMillion, fewPings) ||
    moved('bandwidthBitsPerSecond', before.bandwidthBitsPerSecond, after.bandwidthBitsPerSecond)
  );
}

/**
 * What jitter does to the median of a level is below the jitter itself, and more where there were few pings yet. A whole level
 * that is far off, by two fifths or, of a link of few pings, three, is a step however much the link jitters, or did at first.
 */
function rttNoise(before: MeasuredLink, after: MeasuredLink): number {
  const jitter = Math.max(before.jitterMicroseconds ?? 0, after.jitterMicroseconds ?? 0);
  const pings = Math.min(LEVEL_PINGS, Math.max(1, before.samples));
  const stepShare = after.samples < LEVEL_PINGS ? FEW_PINGS_STEP_SHARE : STEP_SHARE;
  return Math.min(jitter * Math.sqrt(LEVEL_PINGS / pings), stepShare * (before.rttMicroseconds ?? 0));
}

const FEW_PINGS = 3;
/** Of the level that an RTT is the median of: five probes of seven. */
const LEVEL_PINGS = 35;
const STEP_SHARE = 0.4;
const FEW_PINGS_STEP_SHARE = 0.6;

function isUnreachable({ lossPartsPerMillion }: MeasuredLink): boolean {
  return lossPartsPerMillion === UNREACHABLE_PARTS_PER_MILLION;
}

/** A process that just started has not heard of all links yet, and would take them for links that are no longer measured. */
function freshnessChange(
  published: Pick<NetworkTopologySlice, 'observedAt'>,
  pairs: readonly Pair[],
  fresh: FreshSeconds,
  { nowMs, listeningSinceMs }: ChangeTimes,
): MaterialChange | undefined {
  const observedAtMs = timeOf(published.observedAt);
  const isFresh = (link: MeasuredLink, atMs: number) => atMs - timeOf(link.rttMeasuredAt) <= fresh.rtt * 1000;
  const hasHeardOfAll = nowMs - listeningSinceMs > fresh.rtt * 1000;
  let freshLinks = 0;
  for (const [before, after] of pairs) {
    const isNow = isFresh(after, nowMs);
    if (isNow) freshLinks += 1;
    if (isFresh(before, observedAtMs) !== isNow && (isNow || hasHeardOfAll)) return 'freshness';
  }
  const promised = hasHeardOfAll || freshLinks === pairs.length;
  // Either way: the clock may have been set back.
  const isHalfOver = Math.abs(nowMs - observedAtMs) > (fresh.confirmed * 1000) / 2;
  return isHalfOver && promised && freshLinks > 0 ? 'confirmation' : undefined;
}

const parseTimestamp = createTimestampParser();

function timeOf(timestamp: string | undefined): number {
  return timestamp === undefined ? 0 : parseTimestamp(timestamp);
}

function ownerUid({ metadata }: NetworkTopologySlice): unknown {
  const owners = metadata.ownerReferences as { uid?: unknown }[] | undefined;
  return owners?.[0]?.uid;
}
