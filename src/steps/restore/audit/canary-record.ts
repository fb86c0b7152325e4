import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the canary writer wrote down for itself, outside the site: one JSON object per line. */
export interface CanaryRecord {
  readonly file: string;
  readonly entries: readonly CanaryEntry[];
}

const entry = z.object({
  number: z.int().min(1),
  id: z.string().min(1),
  /** Null when the site did not take it: then nothing was lost with it. */
  postId: z.string().nullish(),
  at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});
export type CanaryEntry = z.output<typeof entry>;

/**
 * Reads a record. A last line without its end is left out: the writer may have been cut off in it by the outage.
 * Rejects when the file is not there, or another line is no entry.
 */
export async function readCanaryRecord(file: string): Promise<CanaryRecord> {
  const text = await readFile(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const entries = lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = entry.safeParse(parseJson(line));
    if (!parsed.success) throw new Error(`line ${index + 1} is no canary`);
    return [parsed.data];
  });
  return { file, entries };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
