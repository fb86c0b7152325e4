import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { FullResult, Reporter, Suite, TestCase, TestError, TestResult } from '@playwright/test/reporter';
import type { ReporterMessage, TestEnded } from './messages.ts';

interface Recording {
  readonly expected?: string;
  readonly seen?: string;
  readonly messageCameBackAt?: string;
  readonly hosts: readonly string[];
}

/** Runs inside Playwright and tells the step that started it how each test ended, over IPC. */
export default class MusterReporter implements Reporter {
  private readonly errors: string[] = [];

  onBegin(_config: unknown, suite: Suite): void {
    // Nobody is left to clean up after us when the step's process is gone.
    process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
    send({
      type: 'suite-began',
      checks: suite.allTests().map((test) => annotation(test, '@allure.label.check')),
    });
  }

  onTestBegin(test: TestCase): void {
    send({ type: 'test-began', id: annotation(test, '@allure.label.check'), title: test.title });
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    dropErrorContext(result);
    const { expected, seen, messageCameBackAt, hosts = [] } = readRecording(test.id);
    send({
      type: 'test-ended',
      id: annotation(test, '@allure.label.check'),
      title: test.title,
      code: annotation(test, '@allure.label.code'),
      status: result.status,
      durationMs: result.duration,
      expected,
      seen,
      messageCameBackAt,
      hosts,
      errors: result.errors.map(firstLines),
      reason: [...result.annotations, ...test.annotations].find(({ type }) => type === 'skip')?.description,
      attachments: result.attachments.flatMap(({ path: file }) => (file === undefined ? [] : [file])),
    } satisfies TestEnded);
  }

  onError(error: TestError): void {
    this.errors.push(firstLines(error));
  }

  async onEnd({ status }: FullResult): Promise<void> {
    await new Promise<void>((resolve) => {
      const message: ReporterMessage = { type: 'suite-ended', status, errors: this.errors };
      if (process.send) process.send(message, () => resolve());
      else resolve();
    });
    process.removeAllListeners('disconnect');
    // An open channel would keep this process alive.
    if (process.connected) process.disconnect();
  }

  printsToStdio(): boolean {
    return false;
  }
}

/** Playwright's advice to language models repeats the error and is no evidence. It goes before other reporters see it. */
function dropErrorContext({ attachments }: TestResult): void {
  const index = attachments.findIndex(({ name }) => name === 'error-context');
  const file = attachments[index]?.path;
  if (file === undefined) return;
  attachments.splice(index, 1);
  rmSync(file, { force: true });
}

function send(message: ReporterMessage): void {
  process.send?.(message);
}

function annotation({ annotations }: TestCase, type: string): string {
  return annotations.find((one) => one.type === type)?.description ?? '';
}

function readRecording(testId: string): Recording {
  const file = path.join(process.env['MUSTER_PRIVATE_DIR'] ?? '', 'recordings', `${testId}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Recording;
  } catch {
    return { hosts: [] };
  }
}

/** Without colours and stack, on one line of bearable length. */
function firstLines({ message = '', value = '' }: TestError): string {
  const text = stripVTControlCharacters(message || value).replace(/^Error: /, '');
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(0, 4)
    .join(' · ')
    .slice(0, 400);
}
