import { openToolbox, setUpFor, type Toolbox, type ToolName } from '../../src/support/tools.ts';
import { toolSpec, wantedVersion } from '../../src/support/tool-table.ts';
import { RECIPES } from './recipes.ts';
import type { System } from './system.ts';

/** What is missing and what to do about it, as lines: the last thing that a set-up which could not finish says. */
export async function adviceFor(
  missing: readonly ToolName[],
  system: System,
  toolbox: Toolbox = openToolbox(),
): Promise<string[]> {
  const recipes = RECIPES.filter((recipe) => recipe.tools.some((tool) => missing.includes(tool)));
  const packages = new Set(
    recipes.flatMap((recipe) => [...recipe.packages(system), ...(recipe.helpers ?? [])]),
  );
  const viaApt = system.distribution !== 'other' && packages.size > 0;
  const lines = ['Muster needs these tools, and they are not here:', ''];
  for (const tool of missing) {
    lines.push(`  ${wantedVersion(tool)}: ${toolSpec(tool).purpose}`);
    for (const { path, reason } of await toolbox.refused(tool)) lines.push(`      ${path} ${reason}`);
  }
  lines.push('', 'Install:', '');
  if (viaApt) {
    const sudo = system.root ? '' : 'sudo ';
    lines.push(
      `  ${sudo}apt-get update && ${sudo}apt-get install --no-install-recommends ${[...packages].join(' ')}`,
    );
    if (recipes.some((recipe) => recipe.startsServers)) {
      lines.push(
        '      (this also starts servers that Muster does not use; `npm run setup` as root does not)',
      );
    }
  }
  const byHand = recipes.filter((recipe) => !viaApt || recipe.packages(system).length === 0);
  for (const recipe of byHand) lines.push(`  ${recipe.byHand(system)}`);
  lines.push(
    '',
    `Then run \`${setUpFor(missing)}\` again; \`docs/setup.md\` has more, also for machines without internet.`,
  );
  return lines;
}
