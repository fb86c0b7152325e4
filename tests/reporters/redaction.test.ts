import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeReports } from '../../reporters/index.ts';
import { openJournal, readJournal } from '../../src/engine/journal.ts';
import type { JournalBody } from '../../src/model/journal.ts';
import { createRedactor } from '../../src/support/redact.ts';
import { goldenEvents } from './golden-run.ts';

const SECRET = 'p&ss "word" 4711';
/** How a secret ends up in JSON, URLs and HTML. */
const FORMS = [
  SECRET,
  JSON.stringify(SECRET).slice(1, -1),
  encodeURIComponent(SECRET),
  'p&amp;ss &quot;word&quot; 4711',
  Buffer.from(SECRET).toString('base64').slice(0, 16),
];

it('leaves no secret in any file of a run that has met one everywhere', async () => {
  const runDir = await mkdtemp(path.join(tmpdir(), 'muster-redaction-'));
  try {
    await mkdir(path.join(runDir, 'steps'));
    const redactor = createRedactor();
    redactor.add(SECRET);
    const file = path.join(runDir, 'journal.jsonl');
    const journal = openJournal({ file, redactor, elapsed: () => 1, onEvent: () => {}, onFailure: fail });
    for (const body of goldenEvents('missed').map(withSecret)) journal.emit(body);
    journal[Symbol.dispose]();
    await writeReports({ runDir, events: readJournal(file), history: '' });

    const entries = await readdir(runDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(20);
    const marked: string[] = [];
    for (const entry of files) {
      const text = unpack(await readFile(path.join(entry.parentPath, entry.name), 'utf8'));
      for (const form of FORMS) expect(text.includes(form), `${entry.name} holds ${form}`).toBe(false);
      if (text.includes('[redacted]')) marked.push(entry.name);
    }
    // Else the secret never got that far, and this test proves nothing.
    expect(marked).toEqual(
      expect.arrayContaining(['journal.jsonl', 'summary.json', 'junit.xml', 'overview.html', 'index.html']),
    );
  } finally {
    await rm(runDir, { recursive: true, force: true });
  }
});

function withSecret(event: JournalBody): JournalBody {
  if (event.type === 'check') {
    const { check } = event;
    return { ...event, check: { ...check, seen: `${check.seen} with ${SECRET}`, hint: `not ${SECRET}` } };
  }
  if (event.type === 'command') return { ...event, command: `psql ${SECRET}` };
  if (event.type === 'run.started') return { ...event, reason: `because of ${SECRET}`, operator: SECRET };
  return event;
}

/** Allure bakes its data into the page as base64. */
function unpack(text: string): string {
  return (
    text +
    text.replaceAll(/d\("[^"]+","([A-Za-z0-9+/=]+)"\)/g, (_, body: string) =>
      Buffer.from(body, 'base64').toString(),
    )
  );
}

function fail(error: Error): never {
  throw error;
}
