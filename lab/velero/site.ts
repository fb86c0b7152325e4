/** What the lab's site looks like from the cluster that it runs in, or claims to. */
export interface ClusterSite {
  readonly siteUrl: string;
  /** `mattermost` when undefined. */
  readonly namespace?: string;
  /** Of the Mattermost resource: `chat` when undefined. */
  readonly name?: string;
  readonly image: string;
  readonly version: string;
  readonly imagePullPolicy?: 'IfNotPresent' | 'Never';
  /** Number of the user whom the pods run as, and who owns the files: the image's when undefined. */
  readonly user?: number;
  readonly replicas?: number;
  /** Of each pod: 2 CPUs and 4 GiB when undefined. */
  readonly resources?: { readonly requests: ResourceList; readonly limits: ResourceList };
  /** `nginx` when undefined. */
  readonly ingressClass?: string;
  /** `mattermostEnv` of the resource: name → value. */
  readonly environment: Readonly<Record<string, string>>;
  /** As Mattermost wants it in `SqlSettings.DataSource`. */
  readonly dataSource: string;
  readonly replicaDataSource?: string;
  readonly fileStore: BucketStore | VolumeStore;
  /** TCP ports that the pods may reach: PostgreSQL's and HTTPS' usual ones when undefined. */
  readonly egressPorts?: readonly number[];
  /** Authorities whose certificates the pods trust beside the usual ones. PEM. */
  readonly authority?: string;
  /** Text of the licence file. */
  readonly licence?: string;
  /** PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Settings in a config map beside the site: key → value. */
  readonly configMap?: Readonly<Record<string, string>>;
}

interface ResourceList {
  readonly cpu: string;
  readonly memory: string;
}

interface BucketStore {
  /** Host, and port if need be, without a scheme: the operator adds it. */
  readonly url: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface VolumeStore {
  /** Name of the claim. */
  readonly claim: string;
  readonly storageClass: string;
}
