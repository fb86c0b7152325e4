import { findNearestBaseline, openBaseline, type Baseline } from '../../baseline/find-baseline.ts';
import type { Check } from '../../model/check.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { formatDuration, minutes } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { openStore } from '../backups/open-stores.ts';

/**
 * Finds the baseline that was taken with the backup, and insists that it is the one that was signed: it is what the
 * restore is held against.
 */
export function baselineIsSound(): Step {
  return {
    title: 'Find what the backup has to hold',
    id: 'baseline-is-sound',
    needs: ['backups'],
    gives: ['baseline'],
    promises: ['baseline.found', 'baseline.genuine'],
    budget: minutes(30),
    plan: ({ baseline, archive }) => [
      baseline && archive
        ? `look for a baseline under "${baseline.prefix}" in the archive that fits the dump, and verify its signature`
        : 'nothing: the config names no baseline',
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  ctx.set('baseline', null);
  const { baseline: settings, archive, signing } = ctx.config;
  const found = {
    id: 'baseline.found',
    claim: 'A baseline was taken of the primary with the backup that is restored',
    expected: `one from at most ${formatDuration(settings?.tolerance ?? 0)} before or after the dump`,
  };
  if (!settings || !archive || !signing) {
    const seen = 'the config names none, so nobody knows what the backup has to hold';
    ctx.check({ ...found, ...absent(seen), expected: 'one from the moment of the dump' });
    ctx.check(unread('there is no baseline'));
    return;
  }
  await using store = await openStore(ctx, archive.store);
  const { takenAt } = ctx.get('backups').database;
  const { prefix, tolerance } = settings;
  const nearest = await findNearestBaseline(store, prefix, new Date(takenAt), ctx.signal);
  const which =
    nearest === undefined
      ? `none under "${prefix}" in ${store.location}`
      : `${nearest.key}, ${formatDuration(nearest.distance)} apart from the dump of ${takenAt}`;
  if (nearest === undefined || nearest.distance > tolerance) {
    ctx.check({ ...found, ...absent(nearest === undefined ? which : `the nearest is ${which}`) });
    ctx.check(unread('there is no baseline of this backup'));
    return;
  }
  ctx.check({ ...found, verdict: 'passed', seen: which });
  const opened = await openBaseline(store, nearest.key, { publicKey: signing.publicKey, signal: ctx.signal });
  const problem = typeof opened === 'string' ? opened : await readToItsEnd(ctx, opened);
  const siteUrl = typeof opened === 'string' ? '' : opened.manifest.siteUrl;
  const check = judge(problem, siteUrl, ctx.config.site.url);
  ctx.check(check);
  if (check.verdict === 'passed' && typeof opened !== 'string') {
    const { takenAt: snapshotAt, snapshot } = opened.manifest;
    ctx.set('baseline', { key: nearest.key, snapshotAt: snapshot.shared ? snapshotAt : null });
  }
}

const absent = (seen: string) =>
  ({
    verdict: 'unverified',
    seen,
    code: 'BASELINE_MISSING',
    hint: 'Let `muster baseline` run the backup job; docs/baseline.md.',
  }) as const;

const GENUINE = {
  id: 'baseline.genuine',
  claim: 'The baseline is, to the last byte, the one that was signed, and of this site',
};

function unread(seen: string): Check {
  return {
    ...GENUINE,
    verdict: 'unverified',
    expected: 'a signature of signing.publicKey',
    seen,
    code: 'BASELINE_MISSING',
  };
}

function judge(problem: string | undefined, siteUrl: string, wanted: string): Check {
  const check = { ...GENUINE, expected: `signed with the key of signing.publicKey, and of ${wanted}` };
  if (problem !== undefined)
    return {
      ...check,
      verdict: 'missed',
      seen: problem,
      code: 'BASELINE_FORGED',
      hint: 'Find out who can write to the archive. Nothing is compared with it.',
    };
  if (siteUrl.replace(/\/$/, '') !== wanted.replace(/\/$/, ''))
    return {
      ...check,
      verdict: 'missed',
      seen: `signed, and of ${siteUrl}`,
      code: 'BASELINE_OF_OTHER_SITE',
      hint: 'Give each site a baseline.prefix of its own.',
    };
  return { ...check, verdict: 'passed', seen: 'signed, and whole' };
}

/** What is wrong with one of its sections; undefined when nothing is. */
async function readToItsEnd({ signal }: StepContext, baseline: Baseline): Promise<string | undefined> {
  try {
    for await (const _ of baseline.users(signal)) signal.throwIfAborted();
    for await (const _ of baseline.files?.(signal) ?? []) signal.throwIfAborted();
    return undefined;
  } catch (error) {
    if (error instanceof DrillError && ['EVIDENCE_ALTERED', 'BACKUP_MISSING'].includes(error.code))
      return error.message;
    throw error;
  }
}
