import { RTT_METHODS } from '#core/api/agent.ts';
import { UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { LinkMaxima, LinkWeights } from '#core/api/network-topology.ts';
import { costOfMetrics } from '#core/scoring/link-cost.ts';
import { bandwidthConfidenceOf, confidenceOf } from '#core/topology/confidence.ts';
import type { Estimates, LinkKnowledge } from '#core/topology/estimates.ts';
import { type LinkRow, STATE } from '#core/topology/link-row.ts';
import { type LinkRows, NOWHERE } from '#core/topology/link-rows.ts';
import {
  BANDWIDTH,
  BANDWIDTH_AT,
  JITTER,
  LINK_FIELDS,
  LOSS,
  METHOD,
  RTT,
  RTT_AT,
  SAMPLES,
} from '#core/topology/slice-readings.ts';

/** What is known of each link, by the positions of its ends: what was measured, else what is estimated. */
export class KnownLinks {
  readonly rows: LinkRows;
  readonly estimates: Estimates;
  readonly maxima: LinkMaxima;
  readonly #weights: LinkWeights;

  constructor(input: { rows: LinkRows; estimates: Estimates; maxima: LinkMaxima; weights: LinkWeights }) {
    this.rows = input.rows;
    this.estimates = input.estimates;
    this.maxima = input.maxima;
    this.#weights = input.weights;
  }

  at(from: number, to: number): LinkKnowledge {
    if (from === to) return LOCAL;
    const link = this.rows.freshLink(from, to);
    if (link !== NOWHERE) return this.#measured(this.rows.row(from) as LinkRow, link, from, to);
    const back = this.rows.failedLink(to, from);
    return back === NOWHERE ? this.estimates.between(from, to) : this.#unreachable(this.rows.row(to) as LinkRow, back);
  }

  /** The cost alone; NaN where nothing is known. */
  costAt(from: number, to: number): number {
    if (from === to) return 0;
    const link = this.rows.freshLink(from, to);
    if (link === NOWHERE && this.rows.failedLink(to, from) !== NOWHERE) return 1;
    const measured = link === NOWHERE ? Number.NaN : this.#measuredCost(this.rows.row(from) as LinkRow, link, from, to);
    return Number.isNaN(measured) ? (this.estimates.between(from, to).cost ?? Number.NaN) : measured;
  }

  #measuredCost(row: LinkRow, link: number, from: number, to: number): number {
    if (isUnreachable(row, link)) return 1;
    const { values } = row.readings;
    const at = link * LINK_FIELDS;
    const bandwidth = this.#bandwidth(row, link, from, to);
    return costOfMetrics(
      values[at + RTT] as number,
      bandwidth,
      values[at + LOSS] as number,
      this.maxima,
      this.#weights,
    );
  }

  /** Measured and fresh, else estimated; NaN where it is neither. */
  #bandwidth(row: LinkRow, link: number, from: number, to: number): number {
    return hasBandwidth(row, link)
      ? (row.readings.values[link * LINK_FIELDS + BANDWIDTH] as number)
      : (this.estimates.bandwidth(from, to)?.bitsPerSecond ?? Number.NaN);
  }

  #measured(row: LinkRow, link: number, from: number, to: number): LinkKnowledge {
    if (isUnreachable(row, link)) return this.#unreachable(row, link);
    const value = readerOf(row, link);
    const { rttAge, bandwidthAge } = this.#ages(value);
    const samples = value(SAMPLES);
    const confidence = confidenceOf('measured', samples);
    const isBandwidthFresh = hasBandwidth(row, link);
    const bandwidthSource = isBandwidthFresh ? 'measured' : this.estimates.bandwidth(from, to)?.source;
    const method = value(METHOD);
    const cost = known(this.#measuredCost(row, link, from, to));
    // Measured, but nothing that weighs in the cost: the cost is estimated like that of any other link.
    const worth =
      cost === undefined ? this.estimates.between(from, to) : { source: 'measured' as const, confidence, cost };
    return {
      rttMicroseconds: value(RTT),
      rttMethod: method === undefined ? undefined : RTT_METHODS[method],
      lossPartsPerMillion: value(LOSS),
      bandwidthBitsPerSecond: known(this.#bandwidth(row, link, from, to)),
      bandwidthSource,
      bandwidthConfidence: bandwidthSource && bandwidthConfidenceOf(bandwidthSource),
      jitterMicroseconds: value(JITTER),
      ageSeconds: Math.min(rttAge, bandwidthAge),
      bandwidthAgeSeconds: isBandwidthFresh ? bandwidthAge : undefined,
      samples,
      ...worth,
    };
  }

  /** By a probe that went this way or the other. */
  #unreachable(row: LinkRow, link: number): LinkKnowledge {
    const value = readerOf(row, link);
    const { rttAge, bandwidthAge } = this.#ages(value);
    const samples = value(SAMPLES);
    return {
      source: 'unreachable',
      confidence: confidenceOf('measured', samples),
      cost: 1,
      lossPartsPerMillion: UNREACHABLE_PARTS_PER_MILLION,
      ageSeconds: Math.min(rttAge, bandwidthAge),
      samples,
    };
  }

  #ages(value: (field: number) => number | undefined): { rttAge: number; bandwidthAge: number } {
    return { rttAge: this.#ageSeconds(value(RTT_AT)), bandwidthAge: this.#ageSeconds(value(BANDWIDTH_AT)) };
  }

  /** A time ahead of now counts as just now; infinite where there is none. */
  #ageSeconds(measuredAtMs: number | undefined): number {
    return measuredAtMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (this.rows.nowMs - measuredAtMs) / 1000);
  }
}

function isUnreachable({ states }: LinkRow, link: number): boolean {
  return ((states[link] as number) & STATE.unreachable) !== 0;
}

function hasBandwidth({ readings, states }: LinkRow, link: number): boolean {
  const isFresh = ((states[link] as number) & STATE.bandwidthFresh) !== 0;
  return isFresh && !Number.isNaN(readings.values[link * LINK_FIELDS + BANDWIDTH]);
}

function readerOf({ readings }: LinkRow, link: number): (field: number) => number | undefined {
  return (field) => known(readings.values[link * LINK_FIELDS + field] as number);
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** Both ends on one node: no network at all, and no bandwidth that could be told as a number. */
const LOCAL: LinkKnowledge = { source: 'local', confidence: 1, cost: 0, rttMicroseconds: 0, lossPartsPerMillion: 0 };
