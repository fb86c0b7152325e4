import { z } from 'zod';

export const waiverSchema = z.strictObject({
  waives: z
    .string()
    .min(1)
    .describe('Id of the claim, or of the check, that may be unverified; `muster plan` lists them'),
  reason: z.string().min(1).describe('Why that is borne, for the report'),
  by: z.string().min(1).describe('Who bears it, for the report'),
  expires: z.iso
    .date({ error: 'must be a day such as "2027-01-31"' })
    .describe('The last day (UTC) on which it holds'),
  signature: z.string().min(1).describe('Made by `muster waive`, over all of the above and site.url'),
});
/** Somebody's word that a claim or a check may be unverified for a while. Never that it may be missed. */
export type Waiver = z.output<typeof waiverSchema>;

/** What is signed: another site's waiver is none here. */
export function waiverText(
  siteUrl: string,
  { waives, reason, by, expires }: Omit<Waiver, 'signature'>,
): string {
  return JSON.stringify(['muster waiver 1', siteUrl, waives, reason, by, expires]);
}

/** Whether its last day is over. */
export function hasExpired({ expires }: Pick<Waiver, 'expires'>, at: Date): boolean {
  return at.toISOString().slice(0, 10) > expires;
}
