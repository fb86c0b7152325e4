import { CommanderError } from 'commander';
import { ERRORS, renderError, toDrillError } from '../model/errors.ts';
import { createProgram } from './program.ts';

// Whoever reads our output may go away (`muster run … | head`, a closed terminal). The run, and its undo, go on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : ERRORS.USAGE_INVALID.exit;
  } else {
    const known = toDrillError(error);
    process.stderr.write(`${renderError(known)}\n`);
    if (known.code === 'HARNESS_BUG' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = ERRORS[known.code].exit;
  }
}
