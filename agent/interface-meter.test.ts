import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInterfaceMeter } from '#agent/interface-meter.ts';

const ROUTES = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
  'eth1\t00000A0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
].join('\n');

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netaware-interfaces-'));
  write('proc/net/route', ROUTES);
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A hardware interface, unless there is no `device` or there are interfaces below it. */
function makeInterface(name: string, options: { speed: string; device?: boolean; below?: string[] }): void {
  const { speed, device = true, below = [] } = options;
  write(`sys/class/net/${name}/speed`, speed);
  if (device) write(`sys/class/net/${name}/device/vendor`, '0x8086');
  for (const lower of below) write(`sys/class/net/${name}/lower_${lower}/flags`, '0x1');
  count(name, 0, 0);
}

function count(name: string, sentBytes: number, receivedBytes: number): void {
  write(`sys/class/net/${name}/statistics/tx_bytes`, `${sentBytes}\n`);
  write(`sys/class/net/${name}/statistics/rx_bytes`, `${receivedBytes}\n`);
}

describe('interface meter', () => {
  it('tells speed and use of the interface that most peers are reached through, from the second reading on', () => {
    makeInterface('eth0', { speed: '1000\n' });
    makeInterface('eth1', { speed: '25000\n' });
    const meter = createInterfaceMeter(root);
    const peers = ['10.10.0.1', '10.10.0.2', '192.0.2.1'];
    expect(meter.read(peers, 1000)).toBeUndefined();
    count('eth1', 2_500_000, 7_500_000);
    expect(meter.read(peers, 3000)).toEqual({
      measuredAt: expect.any(String),
      speedBitsPerSecond: 25_000_000_000,
      sentBitsPerSecond: 10_000_000,
      receivedBitsPerSecond: 30_000_000,
    });
  });

  it.each([
    { behaviour: 'a veth, whose 10 Gbit/s mean nothing', options: { speed: '10000', device: false } },
    { behaviour: 'a driver that does not know its speed', options: { speed: '-1\n' } },
    { behaviour: 'a driver that answers nothing', options: { speed: '' } },
    { behaviour: 'a bridge of veths', options: { speed: '10000', device: false, below: ['veth1'] } },
  ])('has nothing to tell of $behaviour', ({ options }) => {
    makeInterface('eth0', options);
    makeInterface('veth1', { speed: '10000', device: false });
    const meter = createInterfaceMeter(root);
    meter.read(['192.0.2.1'], 0);
    expect(meter.read(['192.0.2.1'], 60_000)).toBeUndefined();
  });

  it('takes the speed of a bond of hardware for real', () => {
    makeInterface('eth0', { speed: '20000', device: false, below: ['port1', 'port2'] });
    for (const port of ['port1', 'port2']) makeInterface(port, { speed: '10000' });
    const meter = createInterfaceMeter(root);
    meter.read(['192.0.2.1'], 0);
    expect(meter.read(['192.0.2.1'], 60_000)).toMatchObject({ speedBitsPerSecond: 20_000_000_000 });
  });

  it.each([
    { behaviour: 'it was told to forget', change: (meter: { forget(): void }) => meter.forget() },
    { behaviour: 'the counters went back', change: () => count('eth0', 0, 0) },
  ])('begins anew after $behaviour', ({ change }) => {
    makeInterface('eth0', { speed: '1000' });
    count('eth0', 1000, 1000);
    const meter = createInterfaceMeter(root);
    meter.read(['192.0.2.1'], 0);
    change(meter);
    expect(meter.read(['192.0.2.1'], 60_000)).toBeUndefined();
    expect(meter.read(['192.0.2.1'], 120_000)).toBeDefined();
  });

  it.each([
    { behaviour: 'there are no peers', peers: [] },
    { behaviour: 'there is no way to them', peers: ['fd00::1'] },
  ])('has nothing to tell where $behaviour', ({ peers }) => {
    makeInterface('eth0', { speed: '1000' });
    const meter = createInterfaceMeter(root);
    meter.read(peers, 0);
    expect(meter.read(peers, 60_000)).toBeUndefined();
  });
});
