import type { ClusterApi } from './api.ts';
import type { Members } from './members.ts';

export const INGRESS_CLASS = 'traefik';

export interface IngressOptions {
  readonly kubeconfig: string;
  /** Where the hosts of all Ingresses are served, by TLS. */
  readonly address: string;
  readonly port: number;
}

/** An ingress controller beside the API server: its requests come to the pods from the node. */
export async function startIngress(
  members: Members,
  api: ClusterApi,
  { kubeconfig, address, port }: IngressOptions,
): Promise<void> {
  await api.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: INGRESS_CLASS },
    spec: { controller: 'traefik.io/ingress-controller' },
  });
  await members.start('traefik', {
    args: [
      ...[`--entrypoints.websecure.address=${address}:${port}`, '--entrypoints.websecure.http.tls=true'],
      ...[`--entrypoints.ping.address=127.0.0.1:9000`, '--ping=true', '--ping.entrypoint=ping'],
      ...[
        '--providers.kubernetesingress=true',
        `--providers.kubernetesingress.ingressclass=${INGRESS_CLASS}`,
      ],
      // Without an address in their status nobody takes Ingresses for served.
      `--providers.kubernetesingress.ingressendpoint.ip=${address}`,
      ...['--global.checknewversion=false', '--global.sendanonymoususage=false', '--log.level=INFO'],
    ],
    env: { KUBECONFIG: kubeconfig },
    ready: async () => ((await fetch('http://127.0.0.1:9000/ping')).ok ? true : undefined),
  });
}
