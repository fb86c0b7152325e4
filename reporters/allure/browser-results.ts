import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OWN_PREFIX, type AllureAttachment, type AllureResult, type AllureStep } from './result-model.ts';

/** What we read of a result that Playwright's reporter wrote. */
interface Foreign {
  readonly uuid?: string;
  readonly start?: number;
  readonly stop?: number;
  readonly labels?: readonly { readonly name?: string; readonly value?: string }[];
  readonly steps?: readonly (Partial<AllureStep> & { readonly name?: string })[];
  readonly attachments?: readonly AllureAttachment[];
}

export interface BrowserResult {
  readonly file: string;
  /** The check that the browser made; undefined when the result does not say. */
  readonly check: string | undefined;
  readonly foreign: Foreign;
}

/** Playwright's results of browser checks, as they lie in the results folder. */
export async function readBrowserResults(resultsDir: string): Promise<BrowserResult[]> {
  const names = (await readdir(resultsDir)).filter(
    (name) => name.endsWith('-result.json') && !name.startsWith(OWN_PREFIX),
  );
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(resultsDir, name);
      const foreign = JSON.parse(await readFile(file, 'utf8')) as Foreign;
      return { file, check: checkIdOf(foreign), foreign };
    }),
  );
}

/** How Playwright's reporter writes down an annotation that it does not know. */
const ANNOTATION = /^@muster\.check: (.+)$/;

function checkIdOf({ labels = [], steps = [] }: Foreign): string | undefined {
  return (
    labels.find(({ name }) => name === 'check')?.value ??
    steps.map(({ name = '' }) => ANNOTATION.exec(name)?.[1]).find((id) => id !== undefined)
  );
}

/**
 * Makes a browser's result the check's own: its times, steps and screenshots stay, and the journal says what it means.
 * So nothing is shown twice, and nothing is green that the journal does not have as passed.
 */
export async function adopt({ file, foreign }: BrowserResult, check: AllureResult): Promise<void> {
  const theirs = (foreign.attachments ?? []).filter(({ source }) => !source.startsWith(OWN_PREFIX));
  await write(file, {
    ...foreign,
    ...check,
    uuid: foreign.uuid,
    start: foreign.start ?? check.start,
    stop: foreign.stop ?? check.stop,
    labels: [
      ...check.labels,
      { name: 'check', value: check.fullName },
      { name: 'tool', value: 'playwright' },
    ],
    steps: (foreign.steps ?? []).filter(({ name = '' }) => !name.startsWith('@muster.')),
    attachments: [...theirs, ...check.attachments],
  });
}

/** A browser's result that the journal knows nothing of proves nothing. */
export async function disown({ file, foreign }: BrowserResult): Promise<void> {
  await write(file, {
    ...foreign,
    status: 'unknown',
    statusDetails: { message: 'the journal of this run does not have this check' },
  });
}

async function write(file: string, result: object): Promise<void> {
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
}
