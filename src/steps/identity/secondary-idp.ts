import { lookup as systemLookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import { resolveAt } from '../../providers/dns/resolvers.ts';
import type {
  DiscoveryDocument,
  IdentityExamination,
  ReachOptions,
} from '../../providers/identity/contract.ts';
import { requireReachable } from '../../providers/identity/examine.ts';
import { openIdentityProvider } from '../../providers/identity/index.ts';
import { askDiscovery } from '../../providers/identity/reach.ts';

/** Asks the secondary identity provider to begin a sign-in for this site. Rejects with IDENTITY_UNREACHABLE. */
export async function askSecondaryIdp(ctx: Pick<StepContext, 'config' | 'signal'>): Promise<void> {
  requireReachable(await examineSecondaryIdp(ctx));
}

/** Finds out what it can, and rejects only when the run is stopped. */
export async function examineSecondaryIdp(
  ctx: Pick<StepContext, 'config' | 'signal'>,
): Promise<IdentityExamination> {
  const provider = await openIdentityProvider(ctx.config.identity.secondary);
  return provider.examine(await reachOptions(ctx));
}

/** What it says of itself; undefined where it does not answer, or not as itself. Rejects when the run is stopped. */
export async function readMetadata(
  ctx: Pick<StepContext, 'config' | 'signal'>,
  discoveryUrl: string,
): Promise<DiscoveryDocument | undefined> {
  try {
    return (await askDiscovery(discoveryUrl, await reachOptions(ctx))).document;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof DrillError) return undefined;
    throw error;
  }
}

async function reachOptions(ctx: Pick<StepContext, 'config' | 'signal'>): Promise<ReachOptions> {
  const { identity, site } = ctx.config;
  const { ca } = identity.secondary;
  return {
    siteUrl: site.url,
    // The only authorities to trust there; the system's own without it.
    ca: ca === undefined ? undefined : await readFile(ca),
    signal: ctx.signal,
    lookup: (host) => lookUp(ctx, host),
  };
}

/** The drill's own resolvers first: they are what clients will ask. */
export async function lookUp(
  { config, signal }: Pick<StepContext, 'config' | 'signal'>,
  host: string,
): Promise<string> {
  for (const resolver of config.dns.resolvers) {
    const answer = await resolveAt(resolver, host, { signal }).catch(() => undefined);
    if (answer?.addresses[0] !== undefined) return answer.addresses[0];
  }
  return (await systemLookup(host)).address;
}
