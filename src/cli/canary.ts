import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { resolveAt } from '../providers/dns/resolvers.ts';
import { writeCanaries } from '../support/canary-writer.ts';
import { parseDuration } from '../model/duration.ts';
import { DrillError } from '../model/errors.ts';
import { trapSignals } from './signals.ts';

interface CanaryFlags {
  readonly url: string;
  readonly team: string;
  readonly channel: string;
  readonly record: string;
  readonly interval: string;
  readonly tokenEnv: string;
  readonly ca?: string;
  readonly resolver?: string;
}

export function addCanary(program: Command): void {
  program
    .command('canary')
    .description(
      'post numbered messages into a channel of the live site, and keep a record of them outside it',
    )
    .requiredOption('--url <url>', 'the site')
    .requiredOption('--team <name>', 'team of the channel')
    .requiredOption('--channel <name>', 'a private channel made for it')
    .requiredOption('--record <file>', 'the record, JSON Lines; keep it away from the site')
    .option('--interval <duration>', 'how often', '1m')
    .option(
      '--token-env <name>',
      "environment variable with the poster's access token",
      'MUSTER_CANARY_TOKEN',
    )
    .option('--ca <file>', 'CA file, when the certificate of the site is a private one')
    .option('--resolver <address:port>', 'DNS server to ask instead of the system’s')
    .addHelpText(
      'after',
      `
Without such a record, a drill can only estimate from the interval how many messages were lost.

Example:
  MUSTER_CANARY_TOKEN=… muster canary --url https://chat.example.com --team ops --channel canary \\
      --record /srv/canary/record.jsonl --interval 1m`,
    )
    .action(async (flags: CanaryFlags) => {
      const interval = parseDuration(flags.interval);
      if (URL.parse(flags.url)?.protocol !== 'https:')
        throw new DrillError('USAGE_INVALID', `--url must be an https address (got "${flags.url}")`);
      const token = process.env[flags.tokenEnv];
      if (interval === undefined || interval < 100)
        throw new DrillError(
          'USAGE_INVALID',
          `--interval must be a duration of 100ms or more, such as "30s" or "1m" (got "${flags.interval}")`,
        );
      if (!token)
        throw new DrillError('SECRET_MISSING', `environment variable ${flags.tokenEnv} is not set`, {
          hint: 'It has to hold the access token of the bot or user that posts.',
        });
      const ca = flags.ca === undefined ? undefined : await readCa(flags.ca);
      const { resolver } = flags;
      const lookup =
        resolver === undefined
          ? undefined
          : async (host: string) => {
              const [address] = (await resolveAt(resolver, host)).addresses;
              if (address !== undefined) return address;
              throw new DrillError('DNS_UNREACHABLE', `${resolver} knows no address of ${host}`);
            };
      using signals = trapSignals({
        first: 'no more canaries',
        again: 'the last one is being written down',
      });
      await writeCanaries({
        ...flags,
        token,
        interval,
        signal: signals.signal,
        connection: { ca, lookup },
        onPost: ({ number, at }) => void process.stdout.write(`${at} canary ${number}\n`),
        onFailure: (reason) => void process.stderr.write(`not posted: ${reason}\n`),
      });
      // Being told to stop is the ordinary end of a service; an error that nobody caught is not.
      if (signals.signal.reason instanceof DrillError) throw signals.signal.reason;
    });
}

function readCa(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new DrillError('USAGE_INVALID', `cannot read the CA file ${file}`, { cause });
  });
}
