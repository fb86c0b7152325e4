import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { resolveSecret } from '../config/secrets.ts';
import { numberSteps } from '../engine/run-steps.ts';
import type { Config } from '../model/config.ts';
import { promisesOf } from '../model/drill.ts';
import { DrillError } from '../model/errors.ts';
import { hasExpired, waiverSchema, waiverText } from '../model/waiver.ts';
import { signBytes } from '../support/signature.ts';
import { listDrills, loadDrill } from './drills.ts';
import { effectiveObjectives } from './objectives.ts';

interface WaiveFlags {
  readonly reason: string;
  readonly by: string;
  readonly expires: string;
  readonly config?: string;
}

export function addWaive(program: Command): void {
  program
    .command('waive')
    .argument('<id>', 'the claim, or the check, that may be unverified; `muster plan DRILL` lists them')
    .description('sign that a claim may be unverified for a while; a miss is never waived')
    .requiredOption('--reason <text>', 'why that is borne')
    .requiredOption('--by <name>', 'who bears it')
    .requiredOption('--expires <date>', 'the last day on which it holds: 2027-01-31')
    .option('-c, --config <file>', 'config file (default: muster.config.yaml or .ts here)')
    .addHelpText(
      'after',
      `
Prints what belongs under \`waivers:\` in the config. Needs signing.key; a drill needs signing.publicKey alone.

Example:
  muster waive load-is-carried --reason "load generators are being moved" --by "Jane Doe" --expires 2027-01-31`,
    )
    .action(async (waives: string, { reason, by, expires, config: file }: WaiveFlags) => {
      const { config } = await loadConfig(file);
      const terms = parseTerms({ waives, reason, by, expires });
      await requireKnown(waives, config);
      const signature = signBytes(Buffer.from(waiverText(config.site.url, terms)), await readKeyPair(config));
      // JSON strings are YAML, whatever people write into a reason.
      const lines = Object.entries({ ...terms, signature }).map(
        ([key, value]) => `${key}: ${JSON.stringify(value)}`,
      );
      process.stdout.write(`  - ${lines.join('\n    ')}\n`);
    });
}

function parseTerms(input: Record<'waives' | 'reason' | 'by' | 'expires', string>) {
  const { success, data, error } = waiverSchema.omit({ signature: true }).safeParse(input);
  const [issue] = error?.issues ?? [];
  if (!success)
    throw new DrillError(
      'USAGE_INVALID',
      `--${String(issue?.path[0])} ${issue?.message} (got "${input[issue?.path[0] as 'by']}")`,
    );
  if (hasExpired(data, new Date()))
    throw new DrillError('USAGE_INVALID', `--expires is over already (got "${data.expires}")`);
  return data;
}

/** A waiver of something that no drill knows would never have an effect. */
async function requireKnown(id: string, config: Config): Promise<void> {
  const known = new Set<string>();
  for (const name of listDrills()) {
    // One that is being written must not hide the others.
    const drill = await loadDrill(name).catch(() => undefined);
    if (!drill) continue;
    const setting = { config, objectives: effectiveObjectives(drill, config) };
    for (const claim of drill.claims ?? []) known.add(claim.id);
    for (const { step } of numberSteps(drill))
      for (const check of promisesOf(step, setting)) known.add(check);
  }
  if (!known.has(id))
    throw new DrillError('USAGE_INVALID', `no drill has a claim or a check "${id}"`, {
      hint: '`muster plan DRILL` lists the claims and the checks of a drill.',
    });
}

async function readKeyPair({ signing }: Config) {
  if (signing?.key === undefined)
    throw new DrillError('CONFIG_INVALID', 'signing.key is not set, so nothing can be signed', {
      hint: '`muster init --signing-key FILE` makes a key pair and says what belongs in the config.',
    });
  return { privateKey: await resolveSecret(signing.key), publicKey: signing.publicKey };
}
