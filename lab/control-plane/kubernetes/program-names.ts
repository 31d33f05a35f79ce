/** A real control plane's programs. */
export const PROGRAM_NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type ProgramName = (typeof PROGRAM_NAMES)[number];
