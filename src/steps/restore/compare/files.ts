import type { Client } from 'pg';
import type { Baseline } from '../../../baseline/find-baseline.ts';
import type { FileState } from '../../../baseline/format.ts';
import { findUnnamed, KEYS_AT_A_TIME } from '../../../baseline/read-file-keys.ts';
import type { Check } from '../../../model/check.ts';
import type { StepContext } from '../../../model/drill.ts';
import { inBatches } from '../../../support/in-batches.ts';
import { inPages } from '../../../support/in-pages.ts';
import { someOf } from '../../../support/some-of.ts';
import { openRestoredFiles, type RestoredFileStore } from '../restored-files.ts';
import { comparison, judgeDifference } from './comparison.ts';
import { Tally } from './tally.ts';

export const FILE_COMPARISONS = ['filesPresent', 'filesContent', 'filesNamed'] as const;

const TOLD_EVERY = 5_000;
const AT_ONCE = 8;

/** Every file that the primary had: is it there, with the same bytes, and does a row still name it? */
export async function compareFiles(
  ctx: StepContext,
  client: Client,
  baseline: Baseline,
): Promise<readonly Check[]> {
  if (baseline.files === undefined) return FILE_COMPARISONS.map(unrecorded);
  const missing = new Tally();
  const different = new Tally();
  const unnamed = new Tally();
  const lost = new Tally();
  let compared = 0;
  await using restored = await openRestoredFiles(ctx);
  const tell = () => ctx.progress(`Compared ${compared} files with the baseline, byte for byte`);
  for await (const page of inPages(baseline.files(ctx.signal), KEYS_AT_A_TIME)) {
    await inBatches(page, AT_ONCE, async (file) => {
      ctx.signal.throwIfAborted();
      // What the primary itself had lost cannot come back.
      if (file.sha256 === null) return lost.add(idOf(file.key));
      const seen = await examine(restored, file);
      if (seen === 'missing') missing.add(idOf(file.key));
      else if (seen === 'different') different.add(idOf(file.key));
      compared += 1;
      if (compared % TOLD_EVERY === 0) tell();
    });
    for (const key of await findUnnamed(
      client,
      page.map(({ key }) => key),
    ))
      unnamed.add(idOf(key));
  }
  tell();
  return judge(baseline, { compared, missing, different, unnamed, lost });
}

interface Seen {
  readonly compared: number;
  readonly missing: Tally;
  readonly different: Tally;
  readonly unnamed: Tally;
  readonly lost: Tally;
}

function judge(
  { manifest }: Baseline,
  { compared, missing, different, unnamed, lost }: Seen,
): readonly Check[] {
  const total = manifest.sections.files?.records ?? 0;
  const note = lost.total === 0 ? '' : `; ${lost.total} were missing on the primary already`;
  const present = { ...comparison('filesPresent'), expected: `${total - lost.total} objects` };
  const content = { ...comparison('filesContent'), expected: 'equal SHA-256' };
  const named = { ...comparison('filesNamed'), expected: `rows that name ${total} objects` };
  const there = compared - missing.total;
  return [
    missing.total === 0
      ? { ...present, verdict: 'passed', seen: `all ${compared}${note}` }
      : {
          ...present,
          verdict: 'missed',
          seen: `${missing.total} of ${compared} are missing: ${someOf(missing.examples)}${note}`,
          code: 'FILES_MISSING',
          hint: 'These attachments cannot be opened. Back up the database first and the files after it.',
        },
    different.total > 0
      ? {
          ...content,
          verdict: 'missed',
          seen: `${different.total} of ${there} differ: ${someOf(different.examples)}`,
          code: 'FILE_DIFFERS_FROM_BASELINE',
          hint: 'These objects are there under the right name, with the content of something else.',
        }
      : there === 0 && total > 0
        ? { ...content, verdict: 'unverified', seen: 'no file came back', code: 'NOTHING_TO_COMPARE_WITH' }
        : { ...content, verdict: 'passed', seen: `all ${there} compared, none left out` },
    unnamed.total === 0
      ? { ...named, verdict: 'passed', seen: `all ${total}` }
      : {
          ...named,
          seen: `no row names ${unnamed.total} of ${total}: ${someOf(unnamed.examples)}`,
          ...judgeDifference(manifest, {
            code: 'FILES_UNNAMED',
            hint: 'The rows of these attachments are lost: nobody finds the files, although they are there.',
          }),
        },
  ];
}

function unrecorded(name: (typeof FILE_COMPARISONS)[number]): Check {
  return {
    ...comparison(name),
    verdict: 'unverified',
    expected: 'as the baseline has it',
    seen: 'the baseline recorded no files',
    code: 'NOTHING_TO_COMPARE_WITH',
    hint: 'Set baseline.files, so that `muster baseline` hashes the file store.',
  };
}

async function examine(restored: RestoredFileStore, { key, size, sha256 }: FileState) {
  const there = await restored.sizeOf(key);
  if (there === undefined) return 'missing';
  if (there !== size) return 'different';
  return (await restored.sha256(key)) === sha256 ? 'same' : 'different';
}

/** The part of a key that is an id and no name that somebody gave: `…/fnzyspcspiffmxfxzybhpkn6mr/rows.csv`. */
const idOf = (key: string): string => key.split('/').at(-2) ?? key;
