import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

const INTRO = `# The command line

<!-- Written by scripts/write-docs.ts from the help of each command. Change the texts in src/cli/. -->

Run it from the clone as \`npx muster …\`. Output is one line per event with the time since the drill was declared;
\`NO_COLOR\` turns colour off. What the exit codes mean, and who acts, is in [errors.md](errors.md).

Ctrl-C or SIGTERM once stops the run and undoes what was done; a second one changes nothing: undo goes on.
`;

/** docs/cli.md: what `--help` says, of every command there is. */
export function renderCliDocs(): string {
  return [INTRO, ...sectionsOf(createProgram())].join('\n');
}

function sectionsOf(command: Command, parents: readonly string[] = []): string[] {
  const path = [...parents, command.name()];
  const title = `${parents.length === 0 ? '##' : '###'} ${path.join(' ')}`;
  return [
    `${title}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
    ...command.commands.flatMap((child) => sectionsOf(child, path)),
  ];
}

function helpOf(command: Command): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text), getOutHelpWidth: () => 100 });
  command.outputHelp();
  const lines = written.join('').trim().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}
