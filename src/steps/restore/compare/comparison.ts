import type { BaselineManifest } from '../../../baseline/format.ts';
import type { Check } from '../../../model/check.ts';
import type { Config } from '../../../model/config.ts';

export interface Comparison {
  readonly id: string;
  readonly claim: string;
}

const NAMED = {
  site: ['baseline.site', 'The restored data are of the site that the baseline was taken of'],
  rows: ['baseline.rows', 'Every table has exactly as many rows as on the primary'],
  contents: [
    'baseline.contents',
    'Every row of every table is, to the last character, the one of the primary',
  ],
  newestRows: ['baseline.newest-rows', 'Every table reaches up to the same newest row as on the primary'],
  postsPerDay: ['baseline.posts-per-day', 'No day has more or fewer messages than on the primary'],
  sequences: ['baseline.sequences', 'Every sequence stands where it stood on the primary'],
  schema: ['baseline.schema-version', 'The schema has the same migrations as on the primary'],
  encoding: ['baseline.encoding', 'Text is encoded as on the primary'],
  settings: ['baseline.settings', 'The settings that matter are those of the primary'],
  users: ['baseline.users', 'Every account is the one of the primary: sign-in, roles, second factor'],
  memberships: ['baseline.memberships', 'Everybody is in the same teams and channels as on the primary'],
  filesPresent: ['baseline.files-present', 'Every file that the primary had came back'],
  filesContent: [
    'baseline.files-content',
    'Every file has, byte for byte, the content that it had on the primary',
  ],
  filesNamed: ['baseline.files-named', 'The restored database names every file that the primary named'],
  velero: ['baseline.velero', "Velero's tarball and each object in it are those that the baseline saw"],
} as const satisfies Record<string, readonly [id: string, claim: string]>;

export type ComparisonName = keyof typeof NAMED;

const toComparison = ([id, claim]: readonly [string, string]): Comparison => ({ id, claim });

/** Everything of a site that is held against the baseline. Ids are stable: waivers and trends refer to them. */
export function comparisonsFor({ backups }: Config): readonly Comparison[] {
  const { velero, ...all } = NAMED;
  return [...Object.values(all), ...(backups.velero ? [velero] : [])].map(toComparison);
}

/** One of them, as the beginning of its check. */
export const comparison = (name: ComparisonName): Comparison => toComparison(NAMED[name]);

export interface Difference {
  readonly code: string;
  readonly hint: string;
}

/**
 * How a difference is judged that another moment could explain: when the dump was not taken in the baseline's own
 * snapshot, nobody can tell what was lost from what was written in between.
 */
export function judgeDifference(
  { snapshot, takenAt }: Pick<BaselineManifest, 'snapshot' | 'takenAt'>,
  difference: Difference,
): Pick<Check, 'verdict' | 'code' | 'hint'> {
  return snapshot.shared
    ? { verdict: 'missed', ...difference }
    : {
        verdict: 'unverified',
        code: 'BASELINE_OF_OTHER_MOMENT',
        hint: `The baseline was taken at ${takenAt}, and not in the snapshot of the dump: let \`muster baseline\` run pg_dump.`,
      };
}
