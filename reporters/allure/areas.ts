/** What a check is about, for people who look for their own part of a recovery. */
export const AREAS = [
  'Claims',
  'Recovery objectives',
  'Identity',
  'Data continuity',
  'Integrity',
  'Isolation',
  'Load',
  'Environment',
] as const;
export type Area = (typeof AREAS)[number];

/** First match wins: the narrow ones come first. */
const RULES: readonly (readonly [RegExp, Area])[] = [
  [/^objective\.|^rpo\.(messages|files)$/, 'Recovery objectives'],
  [/primary-idp-never-contacted$/, 'Isolation'],
  [/^(identity|login)\./, 'Identity'],
  [/^(quarantine|isolation|air-gap|scratch\.(not-production|empty|sealed)|application\.dsn)/, 'Isolation'],
  [/^(backup|messages|search|rpo)\./, 'Data continuity'],
  [/^(audit|baseline|restore|complete)\./, 'Integrity'],
  [/^load\./, 'Load'],
];

/** The area of a check, by its id; what belongs to none is the ground that the drill stands on. */
export function areaOf(checkId: string): Area {
  return RULES.find(([pattern]) => pattern.test(checkId))?.[1] ?? 'Environment';
}
