import { readFileSync } from 'node:fs';
import { resolveSecret } from '../config/secrets.ts';
import { declareDrill } from '../engine/run-drill.ts';
import type { RunRecord } from '../engine/run-record.ts';
import { backupsDrill } from './proving-drills.ts';

/** What `run-process.ts` hands to this program, in a file that is its argument. */
export interface ProcessOrder {
  readonly runDir: string;
  readonly record: RunRecord;
}

const { runDir, record } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ProcessOrder;
await declareDrill({
  runDir,
  record,
  drill: backupsDrill,
  resolveSecret,
  signal: new AbortController().signal,
  onEvent: () => {},
  reason: null,
  operator: null,
  participants: [],
});
