import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import type { RestoredAccounts, ScratchFacts } from '../../model/facts.ts';
import { fingerprint, readAccounts, type Account } from '../identity/accounts.ts';
import { holdAccounts } from '../identity/hold-accounts.ts';
import { accountChecks } from '../identity/judge-accounts.ts';
import { judgeBreakGlass, judgeMembers, judgeSecondFactor } from './audit/judge-people.ts';
import { openRestored } from './restored-database.ts';
import { makeEmptyFolder, removeFolder } from './scratch-folder.ts';

/**
 * Looks at the accounts as they came back, before quarantine touches them and before anybody signs in: would each be
 * found again by the secondary IdP, and can those get in who must when no IdP answers? Remembers them for afterwards.
 */
export function auditAccounts(): Step {
  return {
    id: 'audit-accounts',
    title: 'Audit the accounts that came back',
    needs: ['database', 'scratch'],
    gives: ['accounts'],
    promises: [
      ...accountChecks('restored copy'),
      'identity.restored.members',
      'identity.restored.second-factor',
      'identity.restored.break-glass',
    ],
    budget: minutes(10),
    plan: ({ identity: { secondary } }) => [
      `hold the restored users against ${secondary.export ?? 'an export of the secondary IdP’s (identity.secondary.export is not set)'}`,
      'look for the drill’s own members, their roles, and the secrets of second factors',
      'remember every account, to see after the sign-ins that none has changed',
    ],
    run,
    undo: async (ctx) => {
      const scratch = ctx.find('scratch');
      if (scratch !== undefined) await removeFolder(ctx, accountsFolder(scratch));
    },
  };
}

const accountsFolder = ({ directory }: ScratchFacts): string => path.join(directory, 'accounts');

async function run(ctx: StepContext): Promise<void> {
  await using connection = await openRestored(ctx.get('database'), { readOnly: true });
  const { client } = connection;
  const accounts = await readAccounts(client);
  await holdAccounts(ctx, 'restored copy', async () => accounts);
  ctx.check(judgeMembers(accounts, ctx.config));
  ctx.check(await judgeSecondFactor(client, ctx));
  ctx.check(judgeBreakGlass(accounts, ctx.config));
  ctx.set('accounts', {
    sessions: await countSessions(client, ctx.outageAt),
    fingerprints: await remember(ctx, accounts),
  });
}

/** In the scratch, and gone with it: hashes of real people's accounts are no evidence. */
async function remember(ctx: StepContext, accounts: readonly Account[]): Promise<string> {
  const folder = accountsFolder(ctx.get('scratch'));
  ctx.created({ kind: 'folder', name: folder });
  await makeEmptyFolder(folder);
  const file = path.join(folder, 'fingerprints.json');
  const entries = accounts.map((account) => [account.id, fingerprint(account)]);
  await writeFile(file, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
  return file;
}

async function countSessions(client: Client, outageAt: Date): Promise<RestoredAccounts['sessions']> {
  const { rows } = await client.query<RestoredAccounts['sessions']>(
    `SELECT count(*)::int AS total,
            count(*) FILTER (WHERE coalesce(expiresat, 0) = 0 OR expiresat > $1)::int AS alive FROM sessions`,
    [outageAt.getTime()],
  );
  return rows[0] ?? { total: 0, alive: 0 };
}
