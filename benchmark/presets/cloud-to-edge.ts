import type { CallGraph } from '#benchmark/call-graph.ts';
import { SMALL, workload } from './workload.ts';

/**
 * Eclipse Hono and Ditto between devices and a backend, as their "cloud2edge" package joins them. The sources give the
 * arrows and no rates: here each round has one message of a device over MQTT, one over HTTP, and one look from web and
 * mobile each; what a device sent goes all the way to the backend. `round` stands for those who start them.
 */
export const CLOUD_TO_EDGE: CallGraph = {
  name: 'cloud-to-edge',
  front: 'round',
  workloads: [
    workload('round', SMALL, { devices: 1, web: 1, mobile: 1 }),
    workload('devices', SMALL, { 'mqtt-adapter': 1, 'http-adapter': 1 }),
    workload('mqtt-adapter', SMALL, { hono: 1 }),
    workload('http-adapter', SMALL, { hono: 1 }),
    workload('hono', SMALL, { ditto: 2 }),
    workload('ditto', SMALL, { broker: 2 }),
    workload('broker', SMALL, { backend: 2 }),
    workload('backend', SMALL),
    workload('web', SMALL, { ditto: 1 }),
    workload('mobile', SMALL, { ditto: 1 }),
  ],
};
