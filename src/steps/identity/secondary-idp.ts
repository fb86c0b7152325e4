import { lookup as systemLookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { StepContext } from '../../model/drill.ts';
import { resolveAt } from '../../providers/dns/resolvers.ts';
import type { IdentityExamination } from '../../providers/identity/contract.ts';
import { requireReachable } from '../../providers/identity/examine.ts';
import { openIdentityProvider } from '../../providers/identity/index.ts';

/** Asks the secondary identity provider to begin a sign-in for this site. Rejects with IDENTITY_UNREACHABLE. */
export async function askSecondaryIdp(ctx: Pick<StepContext, 'config' | 'signal'>): Promise<void> {
  requireReachable(await examineSecondaryIdp(ctx));
}

/** Finds out what it can, and rejects only when the run is stopped. */
export async function examineSecondaryIdp(
  ctx: Pick<StepContext, 'config' | 'signal'>,
): Promise<IdentityExamination> {
  const { identity, site } = ctx.config;
  const provider = await openIdentityProvider(identity.secondary);
  return provider.examine({
    siteUrl: site.url,
    ca: await readIdpAuthorities(ctx),
    signal: ctx.signal,
    lookup: (host) => lookUp(ctx, host),
  });
}

/** The only authorities to trust there; undefined for the system's own. */
export async function readIdpAuthorities({
  config,
}: Pick<StepContext, 'config'>): Promise<Buffer | undefined> {
  const { ca } = config.identity.secondary;
  return ca === undefined ? undefined : readFile(ca);
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
