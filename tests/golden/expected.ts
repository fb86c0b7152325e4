import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { closingLines } from '../../reporters/closing-lines.ts';
import { openConsoleReporter } from '../../reporters/console.ts';
import { renderJunit } from '../../reporters/junit.ts';
import { summarise } from '../../reporters/run-summary.ts';
import { renderSummary } from '../../reporters/summary-json.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { JOURNALS } from './build-journals.ts';

/** What each reporter of text makes of a journal. `node tests/golden/expected.ts` writes it down: read the difference. */
export const RENDERERS: Readonly<Record<string, (events: readonly JournalEvent[]) => string>> = {
  'console.txt': renderConsole,
  'summary.json': (events) => renderSummary(summarise(events)),
  'junit.xml': (events) => renderJunit(summarise(events)),
};

function renderConsole(events: readonly JournalEvent[]): string {
  const lines: string[] = [];
  using reporter = openConsoleReporter((line) => void lines.push(line));
  for (const event of events) reporter.event(event);
  return [...lines, ...closingLines(summarise(events), 'results/…/allure-report/index.html'), ''].join('\n');
}

if (import.meta.main) {
  for (const [name, build] of Object.entries(JOURNALS))
    for (const [extension, render] of Object.entries(RENDERERS))
      writeFileSync(path.join(import.meta.dirname, `${name}.${extension}`), render(build()));
}
