import type { IdentityConfig, S3StoreConfig } from '../../model/config.ts';
import type { StepContext } from '../../model/drill.ts';
import type { Destination } from '../../model/facts.ts';
import type { DiscoveryDocument } from '../../providers/identity/contract.ts';
import { scratchBucket } from '../restore/scratch-bucket.ts';
import { readMetadata } from '../identity/secondary-idp.ts';

/** Everywhere outside the scratch that the restored site has to reach to do its work, and no more. */
export async function findDestinations(ctx: StepContext): Promise<readonly Destination[]> {
  const { scratch, identity } = ctx.config;
  const { database } = scratch;
  const bucket = scratchBucket(ctx.config);
  const found: readonly Destination[] = [
    ...(await identityUrls(ctx, identity.secondary)).map((url) => ofUrl(url, 'secondary identity provider')),
    ...(database.kind === 'server'
      ? [{ host: database.host.toLowerCase(), port: database.port, purpose: 'scratch database server' }]
      : []),
    ...(bucket ? bucketHosts(bucket).map((url) => ofUrl(url, 'scratch bucket')) : []),
    ...scratch.mayReach.map((text) => ofUrl(`tcp://${text}`, 'scratch.mayReach')),
  ];
  return [...new Map(found.map((one) => [`${one.host}:${one.port}`, one])).values()];
}

/** What the server itself asks. Where it sends browsers is no concern of its network. */
async function identityUrls(ctx: StepContext, secondary: IdentityConfig): Promise<readonly string[]> {
  if (secondary.kind === 'gitlab') return [secondary.tokenUrl, secondary.userInfoUrl];
  const { discoveryUrl } = secondary;
  // A provider that does not answer is other steps' finding. Then nobody is signed in, and nothing is to be reached.
  const { token_endpoint, userinfo_endpoint, jwks_uri }: Partial<DiscoveryDocument> =
    (await readMetadata(ctx, discoveryUrl)) ?? {};
  const named = [token_endpoint, userinfo_endpoint, jwks_uri].filter((url) => url !== undefined);
  return [discoveryUrl, ...named.filter((url) => URL.canParse(url))];
}

/** Clients put the bucket's name in front of the endpoint's, or into the path. */
function bucketHosts({ bucket, endpoint, region, accessKeyId }: S3StoreConfig): readonly string[] {
  const hosts =
    endpoint === undefined
      ? ['s3', `s3.${region}`, `s3.dualstack.${region}`].map((name) => `https://${name}.amazonaws.com`)
      : [endpoint];
  return [
    ...hosts,
    ...hosts.map((host) => host.replace('://', `://${bucket}.`)).filter((host) => URL.canParse(host)),
    // Without keys it asks the machine for its role (AWS's instance metadata service).
    ...(accessKeyId === undefined ? ['http://169.254.169.254'] : []),
  ];
}

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

function ofUrl(text: string, purpose: string): Destination {
  const { hostname, port, protocol } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return { host, port: port === '' ? (PORTS[protocol] ?? 443) : Number(port), purpose };
}
