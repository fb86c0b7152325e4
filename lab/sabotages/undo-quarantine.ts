import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../src/model/duration.ts';
import { waitFor } from '../../src/support/wait-for.ts';
import type { QuarantinedCopy, RestoredCopy, RunningSite } from './sabotage.ts';

/** For `copy`: remembers rows as they came, for `bringBack`. */
export const keepRows =
  (...tables: readonly string[]) =>
  async ({ query }: Pick<RestoredCopy, 'query'>): Promise<void> => {
    for (const table of tables) await query(`create table kept_${table} as table ${table}`);
  };

/** For `quarantined`: the rows that `keepRows` remembered, as if quarantine had forgotten the table. */
export async function bringBack(
  { query }: Pick<QuarantinedCopy, 'query'>,
  ...tables: readonly string[]
): Promise<void> {
  for (const table of tables) {
    await query(`delete from ${table}`);
    await query(`insert into ${table} select * from kept_${table}`);
    await query(`drop table kept_${table}`);
  }
}

/** Sets a value of the stored configuration, in a section that it has. */
export async function configure(
  { query }: Pick<QuarantinedCopy, 'query'>,
  section: string,
  key: string,
  value: unknown,
): Promise<void> {
  await query(`update configurations set value = jsonb_set(value::jsonb, $1, $2)::text where active`, [
    [section, key],
    JSON.stringify(value),
  ]);
}

/** A planned message whose time has come: the site sends it by itself, soon after it is started. */
export async function planMessage({ query }: Pick<QuarantinedCopy, 'query'>, message: string): Promise<void> {
  await query(
    `update scheduledposts set message = $1, scheduledat = (extract(epoch from now()) * 1000)::bigint, processedat = 0, errorcode = ''`,
    [message],
  );
}

/** For `copy`: what `callWebhook` brings back. */
export const keepWebhooks = keepRows('outgoingwebhooks', 'scheduledposts');

/** For `quarantined`: outgoing webhooks as they came, or with another address, and a planned message that calls one. */
export async function callWebhook(
  copy: Pick<QuarantinedCopy, 'query' | 'environment'>,
  address?: string,
): Promise<void> {
  await bringBack(copy, 'outgoingwebhooks', 'scheduledposts');
  if (address !== undefined)
    await copy.query(`update outgoingwebhooks set callbackurls = $1`, [JSON.stringify([address])]);
  const [hook] = await copy.query<{ word: string }>(
    `select triggerwords::jsonb ->> 0 as word from outgoingwebhooks limit 1`,
  );
  await planMessage(copy, `${hook?.word} the bridge is flooded`);
  copy.environment({ MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: 'true' });
}

/** For `site`: until planned messages are sent, and what they bring about had a moment. */
export async function untilSent({ query }: Pick<RunningSite, 'query'>): Promise<void> {
  const sent = await waitFor(
    async () => {
      const waiting = await query('select id from scheduledposts limit 1');
      return waiting.length === 0 || undefined;
    },
    { timeout: seconds(10) },
  );
  if (!sent) throw new TypeError('the site has not sent what was planned');
  await sleep(1_500);
}
