export interface Probe {
  measuredAtMs: number;
  transmitted: number;
  received: number;
  rttMicroseconds: number | undefined;
  jitterMicroseconds: number | undefined;
}

/**
 * A fixed number of probes in the order of time, the newest at the end, in one array of plain numbers, because there are
 * many: 5,000 nodes with 32 peers make 160,000 windows, which take 140 MB like this and 260 MB with objects.
 */
export type ProbeSlots = number[];

const FIELDS = 5;
const UNUSED = Number.NEGATIVE_INFINITY;

export function createProbeSlots(count: number): ProbeSlots {
  return new Array<number>(count * FIELDS).fill(UNUSED);
}

/** Puts a probe in its place by time; the oldest gives way. Changes `slots` only where it was added. */
export function insertProbe(slots: ProbeSlots, probe: Probe): 'added' | 'duplicate' | 'stale' {
  let place = slots.length - FIELDS;
  while (place >= 0 && timeAt(slots, place) > probe.measuredAtMs) place -= FIELDS;
  if (place < 0) return 'stale';
  if (timeAt(slots, place) === probe.measuredAtMs) return 'duplicate';
  // A loop, because copyWithin takes the slow path on plain arrays.
  for (let cell = 0; cell < place; cell += 1) slots[cell] = slots[cell + FIELDS] ?? UNUSED;
  slots[place] = probe.measuredAtMs;
  slots[place + 1] = probe.transmitted;
  slots[place + 2] = probe.received;
  slots[place + 3] = probe.rttMicroseconds ?? Number.NaN;
  slots[place + 4] = probe.jitterMicroseconds ?? Number.NaN;
  return 'added';
}

/** The probe that gives way next; undefined while a slot is unused. */
export function oldestProbe(slots: ProbeSlots): Probe | undefined {
  return probeAt(slots, 0);
}

/** Oldest first. */
export function readProbes(slots: ProbeSlots): Probe[] {
  const probes: Probe[] = [];
  for (let place = 0; place < slots.length; place += FIELDS) {
    const probe = probeAt(slots, place);
    if (probe !== undefined) probes.push(probe);
  }
  return probes;
}

function probeAt(slots: ProbeSlots, place: number): Probe | undefined {
  const [measuredAtMs = UNUSED, transmitted = 0, received = 0, rtt, jitter] = slots.slice(place, place + FIELDS);
  if (measuredAtMs === UNUSED) return undefined;
  return {
    measuredAtMs,
    transmitted,
    received,
    rttMicroseconds: Number.isNaN(rtt) ? undefined : rtt,
    jitterMicroseconds: Number.isNaN(jitter) ? undefined : jitter,
  };
}

function timeAt(slots: ProbeSlots, place: number): number {
  return slots[place] ?? UNUSED;
}
