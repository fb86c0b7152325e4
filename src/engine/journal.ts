import { closeSync, fdatasyncSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { DrillError } from '../model/errors.ts';
import { JOURNAL_FORMAT, type JournalBody, type JournalEvent } from '../model/journal.ts';
import type { Redactor } from '../support/redact.ts';
import { redactEvent } from './redact-event.ts';

export type Emit = (body: JournalBody) => JournalEvent;

export interface Journal extends Disposable {
  readonly emit: Emit;
}

export interface JournalOptions {
  readonly file: string;
  readonly redactor: Redactor;
  /** Monotonic milliseconds since the run was declared. */
  readonly elapsed: () => number;
  readonly onEvent: (event: JournalEvent) => void;
  /**
   * Called once, when the file cannot be written any more. Events go on to be told, or undo would be lost with it.
   * Without it, emit throws.
   */
  readonly onFailure?: (error: DrillError) => void;
  /** The events already there, when a run goes on. */
  readonly earlier?: readonly JournalEvent[];
}

/** Appends to the journal. Each event is on disk before anything that depends on it happens. */
export function openJournal(options: JournalOptions): Journal {
  const { file, redactor, elapsed, onEvent, onFailure = rethrow, earlier = [] } = options;
  dropCutLine(file);
  const handle = openSync(file, 'a');
  let seq = earlier.at(-1)?.seq ?? 0;
  let state: 'open' | 'failed' | 'closed' = 'open';
  return {
    emit(body) {
      const event: JournalEvent = {
        seq: seq + 1,
        at: new Date().toISOString(),
        elapsedMs: Math.round(elapsed()),
        ...redactEvent(body, redactor),
      };
      // Work that a step left unfinished may still want to say something after the end.
      if (state === 'closed') return event;
      seq = event.seq;
      if (state === 'open') append(event);
      onEvent(event);
      return event;
    },
    [Symbol.dispose]() {
      state = 'closed';
      closeSync(handle);
    },
  };

  function append(event: JournalEvent): void {
    try {
      writeSync(handle, `${JSON.stringify(event)}\n`);
      if (event.type !== 'step.progress') fdatasyncSync(handle);
    } catch (cause) {
      state = 'failed';
      onFailure(
        new DrillError('REPORT_FAILED', `cannot write the journal ${file}`, {
          cause,
          hint: 'Make room on the disk. What was made so far is undone by this process.',
        }),
      );
    }
  }
}

function rethrow(error: DrillError): never {
  throw error;
}

/** What a crash cut short would otherwise run into the next line. */
function dropCutLine(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) truncateSync(file, end);
}

/** Reads a journal back. A last line that a crash cut short is dropped; any other damage is an error. */
export function readJournal(file: string): JournalEvent[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DrillError('RUN_NOT_FOUND', `there is no journal at ${file}`, {
      cause,
      hint: '`muster list --runs` shows the runs that are here.',
    });
  }
  // What follows the last line break is empty, or the line that a crash cut short.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => parseLine(line, index, file));
}

function parseLine(line: string, index: number, file: string): JournalEvent {
  let event: JournalEvent;
  try {
    event = JSON.parse(line) as JournalEvent;
  } catch (cause) {
    throw new DrillError('EVIDENCE_ALTERED', `line ${index + 1} of ${file} is not JSON`, {
      cause,
      hint: 'Journals are only ever appended to; restore the file from the archive.',
    });
  }
  if (event?.seq !== index + 1) {
    throw new DrillError(
      'EVIDENCE_ALTERED',
      `line ${index + 1} of ${file} has sequence number ${event?.seq}`,
      {
        hint: 'Lines are missing or were moved; restore the file from the archive.',
      },
    );
  }
  if (event.type === 'run.started' && event.format > JOURNAL_FORMAT) {
    throw new DrillError(
      'RUN_NOT_FOUND',
      `${file} has format ${event.format}, and this Muster reads up to ${JOURNAL_FORMAT}`,
      {
        hint: 'Use the Muster that wrote it, or a newer one.',
      },
    );
  }
  return event;
}
