import type { ExaminedWaiver } from '../model/claim.ts';
import type { Config } from '../model/config.ts';
import { hasExpired, waiverText, type Waiver } from '../model/waiver.ts';
import { isSignedBy } from '../support/signature.ts';

/** Looks at signature and date of each waiver of a site. A flaw is told in every report, and takes its effect away. */
export function examineWaivers(
  { waivers = [], signing, site }: Pick<Config, 'signing' | 'site'> & Partial<Pick<Config, 'waivers'>>,
  at: Date,
): ExaminedWaiver[] {
  const isGenuine = (waiver: Waiver) =>
    signing !== undefined &&
    isSignedBy(Buffer.from(waiverText(site.url, waiver)), waiver.signature, signing.publicKey);
  return waivers.map(({ signature, ...waiver }) => ({
    ...waiver,
    flaw: !isGenuine({ ...waiver, signature }) ? 'not-signed' : hasExpired(waiver, at) ? 'expired' : null,
  }));
}
