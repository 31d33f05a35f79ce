import type { NeutralReason } from '#core/scoring/score.ts';

/** For people: why the network cannot tell nodes apart. */
export const NEUTRAL_TEXT: Record<NeutralReason, string> = {
  noGroup: 'the pod has no labels netaware.io/app-group and netaware.io/workload',
  unknownGroup: 'there is no AppGroup of that name in its namespace',
  unknownWorkload: 'its AppGroup does not name its workload',
  noPlacedPeers: 'none of the workloads that it talks to is placed yet',
  unknownNodes: 'none of the nodes is known',
  nothingKnown: 'nothing is known of the links to the workloads that it talks to',
};
