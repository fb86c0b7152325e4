import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import { requireReachable } from '../../providers/identity/examine.ts';
import { readUsersFromDump } from '../backups/read-users.ts';
import { holdAccounts } from '../identity/hold-accounts.ts';
import { accountChecks } from '../identity/judge-accounts.ts';
import { judgeProvider, providerChecks } from '../identity/judge-provider.ts';
import { examineSecondaryIdp } from '../identity/secondary-idp.ts';

/** The secondary identity provider answers, and would let in everybody who has to get in: asked before anybody needs it. */
export function secondaryIdpHoldsEveryUser(): Step {
  return {
    id: 'secondary-idp-holds-every-user',
    title: 'Check that the secondary IdP holds every user',
    needs: ['backups'],
    promises: (setting) => [...providerChecks(setting), ...accountChecks('dump')],
    budget: minutes(10),
    plan: ({ identity: { secondary } }) => [
      `ask ${new URL(secondary.kind === 'gitlab' ? secondary.authorizationUrl : secondary.discoveryUrl).host} for metadata, keys, certificate and time`,
      `hold the users in the dump against ${secondary.export ?? 'an export of its users (identity.secondary.export is not set)'}`,
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  const examination = await examineSecondaryIdp(ctx);
  for (const check of judgeProvider(examination, ctx.config, ctx.outageAt)) ctx.check(check);
  await holdAccounts(ctx, 'dump', async () => {
    const users = await readUsersFromDump(ctx, ctx.get('backups').database);
    return users.map((user) => ({ ...user, active: user.deleteAt === 0 }));
  });
  // Nobody could sign in: the rest of the drill would only find that out once more.
  requireReachable(examination);
}
