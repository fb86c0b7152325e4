import { ERRORS } from '../src/model/errors.ts';
import { KUBERNETES_TOOL_NAMES, openToolbox, wantedTools, type ToolName } from '../src/support/tools.ts';
import { adviceFor } from './setup/advice.ts';
import { installPackages } from './setup/debian.ts';
import { startClock, type Say } from './setup/progress.ts';
import { RECIPES, type Recipe } from './setup/recipes.ts';
import { readSystem, type System } from './setup/system.ts';

// `--check` looks and advises, and installs nothing; `--kubernetes` is for the Kubernetes lab too, and takes long.
const WANTED = [
  ...wantedTools(),
  ...(process.argv.includes('--kubernetes') ? KUBERNETES_TOOL_NAMES : []),
] as const;
process.exitCode = await setUp({ install: !process.argv.includes('--check') });

async function setUp({ install }: { install: boolean }): Promise<number> {
  const say = startClock();
  const system = readSystem();
  const before = await findMissing();
  if (install) for (const recipe of RECIPES) await follow(recipe, before, system, say);
  const missing = install && before.length > 0 ? await findMissing() : before;
  if (missing.length === 0) {
    say(before.length === 0 ? 'set-up: nothing is missing' : 'set-up: everything is there now');
    return 0;
  }
  for (const line of await adviceFor(missing, system)) console.error(line);
  return ERRORS.TOOL_MISSING.exit;
}

/** Brings the tools of one recipe, where one is missing: as root by the system's package, else its own way. */
async function follow(recipe: Recipe, missing: readonly ToolName[], system: System, say: Say): Promise<void> {
  const wanted = recipe.tools.filter((tool) => missing.includes(tool));
  if (wanted.length === 0) return;
  say(`${recipe.title}: ${wanted.join(', ')} ${wanted.length === 1 ? 'is' : 'are'} missing`);
  const packages = recipe.packages(system);
  if (packages.length > 0 && system.root && system.distribution !== 'other') {
    say(`  installing ${packages.join(' ')}`);
    await installPackages(packages, say);
    if (await arrived(wanted, say)) return;
  } else if (packages.length > 0) {
    say(system.root ? '  this is not Debian or Ubuntu: no packages' : '  not root: no packages');
  }
  if (recipe.fallback !== undefined) {
    await recipe.fallback(say);
    if (await arrived(wanted, say)) return;
  }
  say(`  ${recipe.title}: left for you to install`);
}

/** An installer's word is not enough: the tools must be found and answer. */
async function arrived(tools: readonly ToolName[], say: Say): Promise<boolean> {
  const toolbox = openToolbox();
  const found = await Promise.all(tools.map((tool) => toolbox.find(tool)));
  if (found.includes(undefined)) return false;
  tools.forEach((tool, i) => say(`  ${tool} ${found[i]?.version}: ${found[i]?.path}`));
  return true;
}

async function findMissing(): Promise<ToolName[]> {
  const toolbox = openToolbox();
  const found = await Promise.all(WANTED.map((tool) => toolbox.find(tool)));
  return WANTED.filter((_tool, i) => found[i] === undefined);
}
