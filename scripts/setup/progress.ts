import { spawn } from 'node:child_process';

/** Prints one line with the time since set-up began. */
export type Say = (line: string) => void;

/** People think that a set-up which says nothing for ten seconds hangs. */
const HEARTBEAT_MS = 8_000;

export function startClock(write: (text: string) => void = (text) => process.stdout.write(text)): Say {
  const began = performance.now();
  return (line) => write(`[${elapsed(performance.now() - began)}] ${line}\n`);
}

function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
}

export interface CommandOptions {
  /** What the lines of progress call it. */
  readonly title: string;
  readonly say: Say;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface CommandResult {
  readonly ok: boolean;
  /** Both streams, in order. */
  readonly output: string;
}

/** Runs a command to its end and never rejects: one that cannot be started counts as failed. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { title, say, env = {}, cwd } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const heartbeat = setInterval(() => say(`  ${title}: still at it${lastLine(output)}`), HEARTBEAT_MS);
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearInterval(heartbeat);
      resolve({ ok: false, output: error.code === 'ENOENT' ? `${command} was not found` : error.message });
    });
    child.once('close', (code) => {
      clearInterval(heartbeat);
      resolve({ ok: code === 0, output });
    });
  });
}

function lastLine(output: string): string {
  const line =
    output
      .trimEnd()
      .split(/[\r\n]+/)
      .at(-1)
      ?.trim() ?? '';
  return line === '' ? '' : ` (${line.length > 80 ? `${line.slice(0, 77)}...` : line})`;
}

/** The end of a program's output, short enough for one line of progress. */
export function lastWords(output: string): string {
  const line = output
    .trim()
    .split('\n')
    .findLast((text) => /error|fail|unable|cannot|no such|not found/i.test(text));
  return (line ?? output.trim().split('\n').at(-1) ?? '').trim() || 'it failed and printed nothing';
}
