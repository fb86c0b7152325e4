import { spawn } from 'node:child_process';
import path from 'node:path';
import type { ProjectCheck } from './project-check.ts';

export interface CommandCheck {
  readonly name: string;
  /** A program of `node_modules/.bin`, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Folder below the project to run in. */
  readonly cwd?: string;
}

/** A check that another program makes: it holds when that exits 0, and what it printed is the problem when not. */
export function commandCheck({ name, command, args, cwd = '.' }: CommandCheck): ProjectCheck {
  return {
    name,
    async find(root) {
      const bin = path.join(root, 'node_modules', '.bin');
      const { code, output } = await run(command, args, path.join(root, cwd), bin);
      if (code === 0) return [];
      const said = output.trim() === '' ? 'it printed nothing' : output.trim();
      return [`${[path.basename(command), ...args].join(' ')} ended with ${code}:\n${said}`];
    },
  };
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  bin: string,
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}`, NO_COLOR: '1' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 'no exit code', output }));
  });
}
