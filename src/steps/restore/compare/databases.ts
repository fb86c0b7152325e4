import type { BaselineManifest, DatabaseState } from '../../../baseline/format.ts';
import { pickSettings } from '../../../baseline/settings.ts';
import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { someOf } from '../../../support/some-of.ts';
import { DrillError } from '../../../model/errors.ts';
import { fetchConfigurationFile } from '../../backups/fetch-configuration.ts';
import { comparison, judgeDifference } from './comparison.ts';

export const DATABASE_COMPARISONS = [
  'site',
  'postsPerDay',
  'sequences',
  'schema',
  'encoding',
  'settings',
] as const;

/** All that is small: whose data it is, its schema, sequences, encoding, settings, and messages by day. */
export async function compareDatabases(
  ctx: StepContext,
  manifest: BaselineManifest,
  restored: DatabaseState,
): Promise<readonly Check[]> {
  return [
    compareSite(manifest, restored),
    compareDays(manifest, restored),
    compareSequences(manifest, restored),
    compareSchema(manifest, restored),
    compareEncoding(manifest, restored),
    await compareSettings(ctx, manifest, restored),
  ];
}

function compareSite({ database }: BaselineManifest, { diagnosticId }: DatabaseState): Check {
  const check = { ...comparison('site'), expected: 'the same DiagnosticId in table systems' };
  if (diagnosticId !== null && diagnosticId === database.diagnosticId)
    return { ...check, verdict: 'passed', seen: 'the same' };
  if (database.diagnosticId === null)
    return {
      ...check,
      verdict: 'unverified',
      seen: 'the primary had none when the baseline was taken',
      code: 'SITE_UNKNOWN',
    };
  return {
    ...check,
    verdict: 'missed',
    seen: diagnosticId === null ? 'none' : 'another one',
    code: 'OTHER_SITE',
    hint: 'The dump is of another site, or of no Mattermost: see backups.database.prefix and the job that writes there.',
  };
}

function compareDays(manifest: BaselineManifest, restored: DatabaseState): Check {
  const { from, to, days } = manifest.database.postsPerDay;
  const check = {
    ...comparison('postsPerDay'),
    expected: `the same messages on each day from ${from} to ${to}`,
  };
  const after = restored.postsPerDay.days;
  const wrong = [...new Set([...Object.keys(days), ...Object.keys(after)])]
    .toSorted()
    .filter((day) => (days[day] ?? 0) !== (after[day] ?? 0));
  if (wrong.length === 0)
    return { ...check, verdict: 'passed', seen: `${sum(days)} messages, each day alike` };
  return {
    ...check,
    seen: `${wrong.length} days differ: ${someOf(wrong.map((day) => `${day}: ${after[day] ?? 0} of ${days[day] ?? 0}`))}`,
    ...judgeDifference(manifest, {
      code: 'POSTS_PER_DAY_DIFFER',
      hint: 'Messages of these days are missing or were added: a hole in the middle is no matter of how often backups are taken.',
    }),
  };
}

const sum = (days: Readonly<Record<string, number>>): number =>
  Object.values(days).reduce((total, posts) => total + posts, 0);

function compareSequences(manifest: BaselineManifest, { sequences: after }: DatabaseState): Check {
  const before = manifest.database.sequences;
  const check = {
    ...comparison('sequences'),
    expected: `${Object.keys(before).length} sequences, each where it stood`,
  };
  const wrong = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  );
  if (wrong.length === 0) return { ...check, verdict: 'passed', seen: 'all where they stood' };
  const show = (value: string | null | undefined) =>
    value ?? (value === null ? 'not begun' : 'no such sequence');
  return {
    ...check,
    seen: someOf(wrong.map((name) => `${name}: ${show(after[name])} instead of ${show(before[name])}`)),
    ...judgeDifference(manifest, {
      code: 'SEQUENCE_DIFFERS',
      hint: 'What takes its numbers from them fails, or writes over what is there: plugins keep such tables.',
    }),
  };
}

function compareSchema({ database }: BaselineManifest, { migrations }: DatabaseState): Check {
  const name = (migration: DatabaseState['migrations'][number]) => `${migration.version} ${migration.name}`;
  const [before, after] = [database.migrations.map(name), migrations.map(name)];
  const newest = (names: readonly string[]) => names.at(-1) ?? 'none';
  const check = { ...comparison('schema'), expected: `${before.length} migrations, up to ${newest(before)}` };
  const missing = before.filter((one) => !after.includes(one));
  const added = after.filter((one) => !before.includes(one));
  if (missing.length + added.length === 0) return { ...check, verdict: 'passed', seen: check.expected };
  return {
    ...check,
    verdict: 'missed',
    seen: [
      `${after.length} migrations, up to ${newest(after)}`,
      ...(missing.length > 0 ? [`without ${someOf(missing)}`] : []),
      ...(added.length > 0 ? [`besides ${someOf(added)}`] : []),
    ].join('; '),
    code: 'SCHEMA_DIFFERS',
    hint: 'The dump is older or newer than the primary was: see which database the job dumps.',
  };
}

/** The order in which text is sorted is a matter of the server that is restored to: it is told, and not judged. */
function compareEncoding({ database }: BaselineManifest, { encoding, collation }: DatabaseState): Check {
  const check = { ...comparison('encoding'), expected: database.encoding };
  const seen = `${encoding}; sorted by ${collation}${collation === database.collation ? '' : `, and by ${database.collation} on the primary`}`;
  if (encoding === database.encoding) return { ...check, verdict: 'passed', seen };
  return {
    ...check,
    verdict: 'missed',
    seen,
    code: 'ENCODING_DIFFERS',
    hint: 'Mattermost wants UTF8: text of other encodings comes back garbled.',
  };
}

async function compareSettings(
  ctx: StepContext,
  { database: { settings: before } }: BaselineManifest,
  restored: DatabaseState,
): Promise<Check> {
  const after = before && (restored.settings ?? (await readSettingsFile(ctx)));
  const check = {
    ...comparison('settings'),
    expected: `${Object.keys(before ?? {}).length} settings, each the same`,
  };
  if (before === null || after === null)
    return {
      ...check,
      verdict: 'unverified',
      seen: `${before === null ? 'the baseline' : 'the backup'} has no configuration in table configurations`,
      code: 'SETTINGS_UNKNOWN',
      hint: 'Keep the configuration in the database, or waive this comparison.',
    };
  const wrong = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (path) => JSON.stringify(before[path]) !== JSON.stringify(after[path]),
  );
  if (wrong.length === 0) return { ...check, verdict: 'passed', seen: 'all the same' };
  const show = (value: unknown) => JSON.stringify(value) ?? 'not set';
  return {
    ...check,
    verdict: 'missed',
    seen: someOf(wrong.map((path) => `${path}: ${show(after[path])} instead of ${show(before[path])}`)),
    code: 'SETTINGS_DIFFER',
    hint: 'The backup holds an older configuration, or that of another site.',
  };
}

/** Of a site whose configuration is backed up as a file. Null where it is not. */
async function readSettingsFile(ctx: StepContext): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const file = await fetchConfigurationFile(ctx);
    return file === undefined ? null : pickSettings(file);
  } catch (error) {
    if (error instanceof DrillError && error.code === 'BACKUP_UNREADABLE') return null;
    throw error;
  }
}
