import { join } from 'node:path';
import type { Credentials } from '#lab/control-plane/kubernetes/credentials.ts';
import type { ProgramName } from '#lab/control-plane/kubernetes/program-names.ts';
import type { Programs } from '#lab/control-plane/kubernetes/programs.ts';

/** Kubernetes' own ports; a control plane has an address for itself. */
const PORTS = { etcd: 2379, etcdPeer: 2380, apiServer: 6443, controllerManager: 10_257, scheduler: 10_259 } as const;

/** Services get none in a lab: names of pods are in the hosts' files. */
const SERVICE_RANGE = '10.96.0.0/16';

/** These need a kubelet or a cloud: nodes here send no heartbeats, and their networks are not the controllers' business. */
const CONTROLLERS = [
  '*',
  '-node-lifecycle-controller',
  '-node-ipam-controller',
  '-node-route-controller',
  '-cloud-node-lifecycle-controller',
  '-service-lb-controller',
  '-taint-eviction-controller',
];

export interface CommandLine {
  command: string;
  args: string[];
}

export function apiServerUrl(host: string): string {
  return `https://${host}:${PORTS.apiServer}`;
}

export function etcdUrl(host: string): string {
  return `http://${host}:${PORTS.etcd}`;
}

/** How each program of a control plane is started: with what it writes below `folder`, listening on `host`. */
export function controlPlaneCommands(options: {
  folder: string;
  host: string;
  programs: Programs;
  credentials: Credentials;
}): Record<ProgramName, CommandLine> {
  const { folder, host, programs, credentials } = options;
  const line = (name: ProgramName, flags: Record<string, string>): CommandLine => ({
    command: programs[name],
    args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  });
  const peerUrl = `http://${host}:${PORTS.etcdPeer}`;
  return {
    etcd: line('etcd', {
      name: 'default',
      'data-dir': join(folder, 'etcd'),
      'listen-client-urls': etcdUrl(host),
      'advertise-client-urls': etcdUrl(host),
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': `default=${peerUrl}`,
      // A lab's data ends with it.
      'unsafe-no-fsync': 'true',
      'log-level': 'warn',
    }),
    'kube-apiserver': line('kube-apiserver', {
      'etcd-servers': etcdUrl(host),
      'bind-address': host,
      'secure-port': String(PORTS.apiServer),
      'cert-dir': credentials.certificates,
      'token-auth-file': credentials.tokenFile,
      'authorization-mode': 'RBAC',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': credentials.serviceAccountPublicKey,
      'service-account-signing-key-file': credentials.serviceAccountKey,
      'service-cluster-ip-range': SERVICE_RANGE,
      'allow-privileged': 'true',
      'disable-admission-plugins': 'TaintNodesByCondition',
      // There is no Service network that leads to it, and a loopback address is not fit for one.
      'endpoint-reconciler-type': 'none',
      // A control plane alone on a machine need not protect itself from its own controllers.
      'max-requests-inflight': '3000',
      'max-mutating-requests-inflight': '1000',
      'shutdown-delay-duration': '0s',
    }),
    'kube-controller-manager': line('kube-controller-manager', {
      kubeconfig: credentials.kubeconfigs['system:kube-controller-manager'],
      'bind-address': host,
      'secure-port': String(PORTS.controllerManager),
      'service-account-private-key-file': credentials.serviceAccountKey,
      'root-ca-file': credentials.certificateAuthority,
      'use-service-account-credentials': 'true',
      'leader-elect': 'false',
      controllers: CONTROLLERS.join(','),
    }),
    'kube-scheduler': line('kube-scheduler', {
      kubeconfig: credentials.kubeconfigs['system:kube-scheduler'],
      'bind-address': host,
      'secure-port': String(PORTS.scheduler),
      'leader-elect': 'false',
    }),
  };
}
