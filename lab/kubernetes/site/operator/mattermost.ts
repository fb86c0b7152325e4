import type { KubernetesObject } from '../../../../src/support/velero-tarball.ts';

export const GROUP = 'installation.mattermost.com';
export const API_VERSION = `${GROUP}/v1beta1`;

/** The custom resource, as far as the lab's operator reads it. */
export interface Mattermost extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly uid?: string; readonly generation?: number };
  readonly spec: MattermostSpec;
  readonly status?: MattermostStatus;
}

/** https://github.com/mattermost/mattermost-operator/blob/master/apis/mattermost/v1beta1/mattermost_types.go */
export interface MattermostSpec {
  readonly image: string;
  readonly version: string;
  readonly imagePullPolicy?: string;
  readonly replicas?: number;
  readonly mattermostEnv?: readonly EnvironmentVariable[];
  readonly licenseSecret?: string;
  readonly ingress?: {
    readonly enabled: boolean;
    readonly host: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly tlsSecret?: string;
    readonly ingressClass?: string;
  };
  readonly database?: { readonly external?: { readonly secret: string } };
  readonly fileStore?: {
    readonly external?: { readonly url: string; readonly bucket: string; readonly secret: string };
    readonly externalVolume?: { readonly volumeClaimName: string };
  };
  readonly scheduling?: { readonly resources?: object };
  readonly podTemplate?: { readonly securityContext?: object };
  readonly podExtensions?: { readonly sidecarContainers?: readonly object[] };
  readonly volumes?: readonly object[];
  readonly volumeMounts?: readonly object[];
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

export interface MattermostStatus {
  readonly state: 'reconciling' | 'ready' | 'stable';
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly image: string;
  readonly version: string;
  readonly endpoint: string;
  /** Empty when nothing is wrong. */
  readonly error?: string;
}
