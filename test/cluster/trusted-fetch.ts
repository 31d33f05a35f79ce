import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { ControlPlane } from '#lab/control-plane/kubernetes/control-plane.ts';
import { loadKubeConfig } from '#runtime/kubernetes/client.ts';

/** `fetch` as an administrator of the control plane, whose own certificate authority is trusted from then on. */
export function administratorFetch({ kubeconfig, credentials }: ControlPlane<unknown>): typeof fetch {
  const certificateAuthority = readFileSync(credentials.certificateAuthority, 'utf8');
  setDefaultCACertificates([...getCACertificates('default'), certificateAuthority]);
  const token = loadKubeConfig(kubeconfig).getCurrentUser()?.token;
  return (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
}
