import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import type { LiveStore } from '../baseline/take-baseline.ts';
import { loadConfig } from '../config/load.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { Config, StoreConfig } from '../model/config.ts';
import { DrillError } from '../model/errors.ts';
import { openWriter } from '../providers/object-store/index.ts';
import { isSamePlace } from '../providers/object-store/same-place.ts';
import { readCredentials } from '../steps/backups/open-stores.ts';
import { retention } from './archive-store.ts';
import { trapSignals } from './signals.ts';
import { musterVersion } from '../support/version.ts';

interface BaselineFlags {
  readonly config?: string;
  readonly snapshot?: string;
}

export function addBaseline(program: Command): void {
  program
    .command('baseline')
    .argument('[command...]', 'the backup job: run while the snapshot is held, with MUSTER_SNAPSHOT set')
    .description('write down, signed, what the live site is at the moment of its backup')
    .option('-c, --config <file>', 'config file (default: muster.config.yaml or .ts here)')
    .option('--snapshot <id>', 'a snapshot that another session holds and pg_dump is given, too')
    .addHelpText(
      'after',
      `
Only a baseline and a dump of the same snapshot are equal to the last row. So let it run the dump:

Examples:
  muster baseline -- sh -c 'pg_dump --format=custom --snapshot="$MUSTER_SNAPSHOT" --file=mm.dump mattermost'
  muster baseline --snapshot 00000003-0000001B-1`,
    )
    .action(async (command: readonly string[], flags: BaselineFlags) => {
      const { takeBaseline } = await import('../baseline/take-baseline.ts');
      const { config } = await loadConfig(flags.config);
      const { baseline, signing, archive } = requireSettings(config);
      if (flags.snapshot !== undefined && command.length > 0)
        throw new DrillError(
          'USAGE_INVALID',
          'a snapshot that is given is held elsewhere: no command is run in it',
          {
            hint: 'Leave out --snapshot, or the command.',
          },
        );
      const { database } = baseline;
      const privateKey = await resolveSecret(signing.key);
      const password = await resolveSecret(database.password);
      const velero = config.backups.velero;
      await using writer = await openWriter(
        archive.store,
        await readCredentials({ secret: resolveSecret }, archive.store),
      );
      using signals = trapSignals({ first: 'stopping; nothing is published', again: 'it is stopping' });
      const { signal } = signals;
      await takeBaseline({
        database: { ...database, database: database.name, password },
        snapshot: flags.snapshot,
        meanwhile: command.length === 0 ? undefined : (id) => runBackup(command, id, signal),
        files: baseline.files && (await liveStore(baseline.files)),
        velero: velero && {
          ...(await liveStore(velero.store ?? config.backups.store)),
          ...findOptions(velero),
        },
        archive: writer,
        prefix: baseline.prefix,
        keys: { privateKey, publicKey: signing.publicKey },
        retainUntil: retention(archive, writer, (line) => void process.stderr.write(`${line}\n`)),
        siteUrl: config.site.url,
        muster: musterVersion(),
        signal,
        say: (line) => void process.stdout.write(`${line}\n`),
      });
    });
}

/** All that it takes, or CONFIG_INVALID. */
function requireSettings({ baseline, signing, archive, backups }: Config) {
  if (baseline === undefined || archive === undefined || signing === undefined)
    throw new DrillError('CONFIG_INVALID', 'the config has no section "baseline"', {
      hint: 'docs/baseline.md shows what it needs: the primary’s database, an archive, and a key pair.',
    });
  if (signing.key === undefined)
    throw new DrillError('CONFIG_INVALID', 'signing.key is missing: a baseline is signed', {
      hint: '`muster init --signing-key FILE` makes one.',
    });
  const stores = [backups.store, backups.velero?.store, ...backups.copies.map(({ store }) => store)];
  if (stores.some((store) => store !== undefined && isSamePlace(store, archive.store)))
    throw new DrillError('CONFIG_INVALID', 'archive.store is where the backups are', {
      hint: 'Whoever can damage the backups could damage the baseline with them: give the archive a bucket and credentials of its own.',
    });
  return { baseline, archive, signing: { ...signing, key: signing.key } };
}

const findOptions = ({ prefix, schedule, namespace }: NonNullable<Config['backups']['velero']>) => ({
  prefix,
  schedule,
  namespace,
});

async function liveStore(options: StoreConfig): Promise<LiveStore> {
  return { options, credentials: await readCredentials({ secret: resolveSecret }, options) };
}

/** The backup job, in our terminal. Rejects with COMMAND_FAILED. */
async function runBackup(command: readonly string[], snapshot: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: { ...process.env, MUSTER_SNAPSHOT: snapshot },
    signal,
  });
  const [code] = (await once(child, 'exit').catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new DrillError('COMMAND_FAILED', `${program} cannot be started`, { cause });
  })) as [number | null];
  if (code === 0) return;
  throw new DrillError('COMMAND_FAILED', `${program} ended with ${code ?? 'a signal'}`, {
    hint: 'No baseline was written: there is no backup that it could belong to.',
  });
}
