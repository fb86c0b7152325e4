import type { StepContext } from '../../model/drill.ts';
import { readIdentityExport } from '../../providers/identity/export.ts';
import { matchUsers, type DatabaseUser } from '../../providers/identity/match-users.ts';
import {
  accountsUnknown,
  describeMatch,
  judgeAccounts,
  namingOf,
  type AccountSource,
} from './judge-accounts.ts';

/** Holds users against the secondary IdP's export, and makes a check of each thing that signing in would do to them. */
export async function holdAccounts(
  ctx: StepContext,
  source: AccountSource,
  readUsers: () => Promise<readonly DatabaseUser[]>,
): Promise<void> {
  const { identity, privacy } = ctx.config;
  const { secondary } = identity;
  if (secondary.export === undefined) {
    for (const check of accountsUnknown(source)) ctx.check(check);
    return;
  }
  const exported = await readIdentityExport(secondary.export);
  const users = await readUsers();
  const match = matchUsers(users, exported, secondary.kind);
  const naming = namingOf(ctx.config);
  const description = describeMatch(match, naming, privacy.userNames === 'keep');
  const evidence = [
    await ctx.attach('users-at-the-secondary-idp.json', `${JSON.stringify(description, null, 2)}\n`),
  ];
  for (const check of judgeAccounts({ source, match, total: users.length, naming }))
    ctx.check({ ...check, evidence });
}
