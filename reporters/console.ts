import { gapsIn } from '../src/model/claim.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { JournalEvent, RecordedError } from '../src/model/journal.ts';
import { renderRecordedError } from './recorded-error.ts';

const QUIET_MS = 8_000;
const MARKS = { passed: '✓', missed: '✗', unverified: '?' } as const;

export interface ConsoleReporter extends Disposable {
  event(event: JournalEvent): void;
}

/**
 * One line per event with the time since the drill was declared. On long work that says nothing itself, a line says what
 * is being waited for: a CI system that sees no output ends the job.
 */
export function openConsoleReporter(write: (line: string) => void, { colour = false } = {}): ConsoleReporter {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let lastLine = performance.now();
  let offset = 0;
  /** What is at work, by step. */
  const current = new Map<string, { title: string; since: number }>();
  let failed: string | undefined;

  const timer = setInterval(() => {
    if (performance.now() - lastLine < QUIET_MS) return;
    for (const { title, since } of current.values())
      say(`  … ${title} (${formatDuration(performance.now() - since)} so far)`);
  }, 1_000);
  timer.unref();

  return {
    event(event) {
      offset = performance.now() - event.elapsedMs;
      if (event.type === 'step.started' || event.type === 'undo.started') {
        current.set(event.step, {
          title: event.type === 'undo.started' ? `undo: ${event.title}` : event.title,
          since: performance.now(),
        });
      }
      const ended = 'step' in event ? current.get(event.step)?.title : undefined;
      const isAlone = current.size === 1;
      if (event.type === 'step.finished' || event.type === 'undo.finished') current.delete(event.step);
      if (event.type === 'step.finished') failed = event.error && event.step;
      // The step's error has been told; that its checks could not be made follows from it.
      if (event.type === 'check' && event.check.code === 'NOT_MADE' && event.step === failed) return;
      for (const line of describe(event, paint, isAlone ? undefined : ended)) say(line);
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };

  function say(line: string): void {
    lastLine = performance.now();
    write(`${clockText(lastLine - offset).padStart(9)}  ${line}`);
  }
}

/** `title` is that of the event's step, where it has to be told because others are at work too. */
function describe(
  event: JournalEvent,
  paint: (code: number, text: string) => string,
  title?: string,
): string[] {
  switch (event.type) {
    case 'run.started': {
      const rehearsal =
        event.application === 'stand-in' ? ' (a rehearsal: the stand-in application is under test)' : '';
      const { rto, rpo, tier } = event.objectives;
      return [
        paint(1, `${event.drill.title}${rehearsal}`),
        `run ${event.run} · RTO ${formatDuration(rto)} · RPO ${formatDuration(rpo)} · hardware tier ${tier} · outage at ${event.outageAt}`,
        ...hopelessClaims(event).map((line) => paint(33, line)),
      ];
    }
    case 'run.resumed':
      return [
        `resumed after ${formatDuration(event.handsOffMs)} without anybody at work; the RTO clock kept running`,
      ];
    case 'phase.started':
      return [paint(1, event.phase)];
    case 'step.started':
      return [`  ▸ ${event.title}`];
    case 'step.progress':
      return [`    ${event.message}`];
    case 'step.finished':
      if (event.outcome === 'not-reached')
        return [paint(33, `  – ${event.step} not reached: ${event.reason ?? ''}`)];
      return event.error
        ? errorLines(event.error).map((line) => paint(31, line))
        : [`  ▪ ${title === undefined ? '' : `${title}: `}done in ${formatDuration(event.durationMs)}`];
    case 'check': {
      const { verdict, claim, seen, expected, code, hint, id } = event.check;
      // One line says that the step was not reached; its checks are in the reports.
      if (code === 'NOT_REACHED') return [];
      if (verdict === 'passed') return [paint(32, `    ${MARKS.passed} ${claim}`) + `: ${seen}`];
      const colour = verdict === 'missed' ? 31 : 33;
      return [
        paint(colour, `    ${MARKS[verdict]} ${claim}: ${verdict}${code ? ` [${code}]` : ''}  (${id})`),
        `      wanted ${expected}; saw ${seen}`,
        ...(hint ? [`      hint: ${hint}`] : []),
      ];
    }
    case 'moment':
      return event.moment === 'declared'
        ? []
        : [
            paint(
              36,
              `    ⏱ ${event.moment} ${formatDuration(event.sinceDeclaredMs)} after the drill was declared`,
            ),
          ];
    case 'undo.started':
      return [`undo: ${event.title}`];
    case 'undo.finished':
      return event.error ? errorLines(event.error).map((line) => paint(31, line)) : [];
    case 'scratch.kept':
      return ['the scratch is kept: it runs until `muster undo` ends it'];
    default:
      return [];
  }
}

/** Told at once: a drill may take hours, and this one cannot pass. */
function hopelessClaims({ claims = [], steps }: Extract<JournalEvent, { type: 'run.started' }>): string[] {
  const promised = steps.flatMap(({ promises }) => promises);
  return claims.flatMap((claim) => {
    const gaps = gapsIn(claim, promised);
    if (gaps.length === 0) return [];
    return [`? cannot be proven here, no step promises ${gaps.join(', ')}: ${claim.sentence}`];
  });
}

/** The first line is the one for the ticket; what follows belongs to it. */
function errorLines(error: RecordedError): string[] {
  return renderRecordedError(error).map((line, index) => (index === 0 ? `  ✗ ${line}` : `    ${line}`));
}

function clockText(ms: number): string {
  const tenths = Math.max(0, Math.round(ms / 100));
  const minutes = String(Math.floor(tenths / 600)).padStart(2, '0');
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}
