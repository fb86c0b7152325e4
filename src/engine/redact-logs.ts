import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runLayout } from '../model/layout.ts';
import type { Redactor } from '../support/redact.ts';

/** Larger logs do not fit into memory, and are left out rather than archived unread. */
const LARGEST = 64 * 1024 * 1024;

/** Takes secrets out of the logs that launched processes, and commands before a secret was known, have written. */
export function redactLogs(runDir: string, redactor: Redactor): void {
  const { steps, playwright } = runLayout(runDir);
  for (const file of [steps, playwright].flatMap(listLogs)) {
    if (statSync(file).size > LARGEST) {
      writeFileSync(file, '(left out: longer than 64 MiB, and so not looked through for secrets)\n');
      continue;
    }
    const text = readFileSync(file, 'utf8');
    const redacted = redactor.redact(text);
    if (redacted !== text) writeFileSync(file, redacted);
  }
}

function listLogs(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
