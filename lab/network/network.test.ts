import { describe, expect, it } from 'vitest';
import type { LabPlan } from '#lab/lab-file.ts';
import { overlaps } from './address-check.ts';
import { oneWayLoss, shapingScript } from './shaping-script.ts';
import { loadOrder, parseDependencies } from './uml-root.ts';
import { hasAmx } from './xstate.ts';

const host = { zone: 'z', cpu: '1', memory: '1Gi' };
const link = { rttMs: 40, jitterMs: 2, lossPercent: 0.5, bandwidthMbps: 50 };
const plan: LabPlan = {
  nodes: [
    { ...host, name: 'a', index: 1 },
    { ...host, name: 'b', index: 2 },
  ],
  links: [
    { origin: 'a', destination: 'b', ...link },
    { origin: 'b', destination: 'a', ...link },
  ],
  mtu: 9000,
};

describe('shapingScript', () => {
  it('shapes each destination port by the origin of the packets, with half of the delay each way', () => {
    expect(shapingScript(plan, 'v').slice(0, 5)).toEqual([
      'qdisc add dev v1 root handle 1: htb default fff',
      'class add dev v1 parent 1: classid 1:fff htb rate 10000000kbit burst 5000000 cburst 5000000 quantum 60000',
      'class add dev v1 parent 1: classid 1:2 htb rate 50000kbit burst 36000 cburst 36000 quantum 60000',
      'qdisc add dev v1 parent 1:2 handle 200: netem delay 20000us 1000us loss 0.2503% limit 1000',
      'filter add dev v1 parent 1: protocol ip prio 1 u32 match ip src 10.97.2.0/24 flowid 1:2',
    ]);
    expect(shapingScript(plan, 'v')).toHaveLength(10);
  });

  it.each([0, 0.5, 25, 100])('loses %d %% of round trips by losing on both ways', (percent) => {
    const survives = 1 - oneWayLoss(percent / 100);
    expect(1 - survives * survives).toBeCloseTo(percent / 100);
  });
});

describe('overlaps', () => {
  it.each([
    ['10.97.0.0/16', '10.97.3.0/24', true],
    ['10.0.0.0/8', '10.97.0.0/16', true],
    ['10.96.0.0/16', '10.97.0.0/16', false],
    ['10.98.0.7', '10.98.0.0/24', true],
    ['192.168.1.0/24', '10.98.0.0/24', false],
    ['0.0.0.0/1', '10.98.0.0/24', true],
    ['128.0.0.0/1', '10.98.0.0/24', false],
  ])('%s and %s: %s', (one, other, want) => {
    expect(overlaps(one, other)).toBe(want);
    expect(overlaps(other, one)).toBe(want);
  });
});

describe('kernel modules', () => {
  const text =
    'kernel/net/bridge/bridge.ko: kernel/net/802/stp.ko kernel/net/llc/llc.ko\nkernel/net/802/stp.ko: kernel/net/llc/llc.ko\nkernel/net/llc/llc.ko:\nkernel/net/sched/sch_netem.ko:\n';

  it('are loaded after those that they depend on, each once', () => {
    expect(loadOrder(['sch_netem', 'bridge', 'stp'], parseDependencies(text))).toEqual([
      'kernel/net/sched/sch_netem.ko',
      'kernel/net/llc/llc.ko',
      'kernel/net/802/stp.ko',
      'kernel/net/bridge/bridge.ko',
    ]);
  });
});

it.each([
  ['a processor with AMX', 'processor : 0\nflags\t\t: fpu avx512f amx_bf16 amx_tile amx_int8\n', true],
  ['one without', 'processor : 0\nflags\t\t: fpu sse avx avx2\n', false],
  ['one whose model is merely named so', 'model name\t: amx_tile\nflags\t\t: fpu\n', false],
  ['one that is not from Intel or AMD', 'processor : 0\nFeatures : fp asimd\n', false],
])('tells %s', (_name, cpuInfo, want) => {
  expect(hasAmx(cpuInfo)).toBe(want);
});
