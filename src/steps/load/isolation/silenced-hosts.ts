import type { Client } from 'pg';
import { readStoredConfiguration } from '../../../providers/database/stored-configuration.ts';
import { tableExists } from '../../../providers/database/table-exists.ts';
import { addressesIn } from '../../../support/addresses.ts';
import { isHarmless } from '../../restore/quarantine/production-addresses.ts';

/** Where integrations call. Quarantine takes the addresses out: after it there are none. */
const CALLED = [
  ['outgoingwebhooks', 'callbackurls'],
  ['commands', 'url'],
  ['remoteclusters', 'siteurl'],
  ['outgoingoauthconnections', 'oauthtokenurl'],
] as const;

/** Hosts that the copy would call by itself if quarantine had let it: an attempt to reach one shows that it did. */
export async function hostsToBeSilent(client: Client): Promise<ReadonlySet<string>> {
  const hosts: string[] = [];
  for (const [table, column] of CALLED) {
    if (!(await tableExists(client, table))) continue;
    const { rows } = await client.query<{ value: string | null }>(`SELECT ${column} AS value FROM ${table}`);
    hosts.push(...rows.flatMap(({ value }) => addressesIn(value ?? '', 'url')));
  }
  const { EmailSettings = {} } = ((await readStoredConfiguration(client)) ?? {}) as {
    EmailSettings?: { SMTPServer?: string; PushNotificationServer?: string };
  };
  hosts.push(...addressesIn(EmailSettings.SMTPServer ?? '', 'SMTPServer'));
  hosts.push(...addressesIn(EmailSettings.PushNotificationServer ?? '', 'PushNotificationServer'));
  // The public push server is harmless as a default, and not to be called.
  return new Set(
    hosts.filter((host) => !host.endsWith('.invalid') && (!isHarmless(host) || /push/.test(host))),
  );
}
