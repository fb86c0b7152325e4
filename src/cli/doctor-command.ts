import type { Command } from 'commander';
import { ERRORS } from '../model/errors.ts';
import { runDoctor } from './doctor.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('each tool, its version, where it came from, and what is wrong')
    .addHelpText('after', '\nExample:\n  muster doctor')
    .action(async () => {
      const { lines, ok } = await runDoctor();
      process.stdout.write(`${lines.join('\n')}\n`);
      process.exitCode = ok ? 0 : ERRORS.TOOL_MISSING.exit;
    });
}
