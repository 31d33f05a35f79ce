import { Option } from 'commander';

/** What runs the lab's cluster. The names are those of ControlPlaneKind, whose module is loaded only when a lab is built. */
export function controlPlaneOption(): Option {
  return new Option('--control-plane <kind>', "a real kube-apiserver and kube-scheduler, or the lab's own small ones")
    .choices(['embedded', 'kubernetes'])
    .default('embedded');
}
