/** What the lab's site looks like from the cluster that it claims to run in. */
export interface ClusterSite {
  readonly siteUrl: string;
  /** `mattermost` when undefined. */
  readonly namespace?: string;
  /** Of the Mattermost resource: `chat` when undefined. */
  readonly name?: string;
  readonly image: string;
  readonly version: string;
  readonly replicas?: number;
  /** `mattermostEnv` of the resource: name → value. */
  readonly environment: Readonly<Record<string, string>>;
  /** As Mattermost wants it in `SqlSettings.DataSource`. */
  readonly dataSource: string;
  readonly replicaDataSource?: string;
  readonly fileStore: {
    /** Host, and port if need be, without a scheme: the operator adds it. */
    readonly url: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  /** Text of the licence file. */
  readonly licence?: string;
  /** PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Settings in a config map beside the site: key → value. */
  readonly configMap?: Readonly<Record<string, string>>;
}
