import { copyFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { OWN_PREFIX, type AllureAttachment } from './result-model.ts';

/** What can be shown in a report without harm; everything else stays in the run folder. */
const TYPES: Readonly<Record<string, string>> = {
  '.txt': 'text/plain',
  '.log': 'text/plain',
  '.json': 'application/json',
  '.csv': 'text/csv',
  '.png': 'image/png',
};
const LARGEST_FILE = 512 * 1024;
/** The report is one file that goes by mail: this much evidence at most, before base64 adds a third. */
const LARGEST_SUM = 12 * 1024 * 1024;

export interface EvidenceShelf {
  /** Copies those of a run's files that fit into the results folder. The same file is copied once. */
  attach(files: readonly string[]): Promise<AllureAttachment[]>;
}

/** Opens the shelf on which evidence is put for the report. */
export function openEvidenceShelf(runDir: string, resultsDir: string): EvidenceShelf {
  const attached = new Map<string, AllureAttachment>();
  let sum = 0;
  return {
    async attach(files) {
      const found: AllureAttachment[] = [];
      for (const file of new Set(files)) {
        const attachment = attached.get(file) ?? (await copy(file));
        if (attachment) found.push(attachment);
      }
      return found;
    },
  };

  async function copy(file: string): Promise<AllureAttachment | undefined> {
    const type = TYPES[path.extname(file).toLowerCase()];
    const absolute = path.resolve(runDir, file);
    if (!type || !absolute.startsWith(runDir + path.sep)) return undefined;
    const size = await stat(absolute).then(
      (found) => (found.isFile() ? found.size : 0),
      () => 0,
    );
    if (size === 0 || size > LARGEST_FILE || sum + size > LARGEST_SUM) return undefined;
    sum += size;
    const source = `${OWN_PREFIX}${attached.size + 1}-attachment${path.extname(file)}`;
    await copyFile(absolute, path.join(resultsDir, source));
    const attachment = { name: file, type, source };
    attached.set(file, attachment);
    return attachment;
  }
}
