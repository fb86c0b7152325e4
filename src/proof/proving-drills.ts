import type { ClusterDrill, ProvingDrill, Sabotage } from '../../lab/sabotages/sabotage.ts';
import { ADDRESSES } from '../../lab/underway.ts';
import { defineDrill, type Drill, type Step, type StepContext } from '../model/drill.ts';
import { hours, minutes, seconds } from '../model/duration.ts';
import * as steps from '../steps/index.ts';
import { cloneCopy, nameIsSwitched, pointName } from './clone-copy.ts';
import type { OpenGround } from './ground.ts';
import { membersAreSignedIn } from './members-are-signed-in.ts';

/** When damage is done: to the copy before anybody looks at it, and to the site once it is up. */
export interface Damage {
  /** Of the checks in a browser, the only ones that are made. */
  readonly only?: readonly string[] | undefined;
  copy?(ctx: StepContext): Promise<void>;
  quarantined?(ctx: StepContext): Promise<void>;
  site?(ctx: StepContext): Promise<void>;
}

export const ABOUT = {
  title: 'A small drill that has to catch something',
  why: 'A drill that cannot fail is worthless.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'proof' },
};

/** What a check of a proof waits for mostly never comes. The controls have to pass with no more. */
const PATIENCE = seconds(6);

/** The one that needs no ground. */
export const backupsDrill = defineDrill({
  ...ABOUT,
  preflight: [steps.backupsAreFresh(), steps.backupsAreIntact(), steps.baselineIsSound()],
});

/** The smallest drill that can catch a kind of sabotage, of the very steps that real drills are made of. */
export function provingDrill(
  kind: Exclude<ProvingDrill, ClusterDrill>,
  ground: OpenGround,
  { checks, cluster }: Pick<Sabotage, 'checks' | 'cluster'>,
  damage: Damage,
): Drill {
  const audit = [steps.auditIntegrity(), steps.compareWithBaseline()];
  const copy = [cloneCopy(ground, cluster), during('damage-the-copy', damage.copy)];
  const damageQuarantined = during('damage-the-quarantined-copy', damage.quarantined);
  const service = [steps.sealScratch(), steps.quarantine(), damageQuarantined, steps.startApplication()];
  const damageSite = during('damage-the-site', damage.site);
  const site = { restore: [...copy, ...service], failover: [nameIsSwitched(), damageSite] };
  return defineDrill({ ...ABOUT, ...phases() });

  function phases(): Partial<Drill> {
    switch (kind) {
      case 'backups':
        return backupsDrill;
      case 'restore':
        return {
          preflight: [...(backupsDrill.preflight ?? []), steps.scratchIsEmpty(), steps.sealScratch()],
          restore: [steps.restoreCluster(), steps.restoreDatabase(), steps.restoreFiles(), ...audit],
        };
      case 'identity':
        return { preflight: [steps.backupsAreFresh(), steps.secondaryIdpHoldsEveryUser()] };
      case 'names':
        return { preflight: [steps.certificatesAreValid(), steps.nameCanBeSwitched()] };
      case 'copy':
        return { restore: [...copy, ...audit] };
      case 'accounts':
        return { restore: [...copy, steps.auditAccounts()] };
      case 'service':
        return { restore: [...copy, ...service, damageSite] };
      case 'isolation':
        return {
          restore: [...copy, ...service, damageSite],
          verify: [steps.airGapIsClosed()],
          load: [steps.nothingLeftTheScratch()],
        };
      case 'continuity':
        return {
          restore: [...copy, steps.auditAccounts(), ...service, damageSite],
          verify: [steps.identityIsContinuous()],
        };
      case 'failover':
        return {
          restore: [...copy, nameAtPrimary(), ...service, damageSite],
          failover: [steps.switchDns()],
        };
      case 'login':
        return { ...site, verify: [steps.runChecks(kind, { only: checks, patience: PATIENCE })] };
      case 'messages':
      case 'search':
        return {
          ...site,
          failover: [nameIsSwitched(), membersAreSignedIn(), damageSite],
          verify: [steps.runChecks(kind, { only: checks, patience: PATIENCE })],
        };
      case 'load':
        return { ...site, load: [steps.runLoad()] };
    }
  }
}

function during(id: string, work: ((ctx: StepContext) => Promise<void>) | undefined): Step {
  return {
    id,
    title: id.replaceAll('-', ' ').replace(/^d/, 'D'),
    needs: ['database', 'files'],
    budget: minutes(2),
    async run(ctx) {
      await work?.(ctx);
    },
  };
}

/** As after the outage: the name has to be switched yet. */
function nameAtPrimary(): Step {
  return {
    id: 'name-at-primary',
    title: 'Put the name back to the primary site',
    budget: minutes(1),
    run: (ctx) => pointName(ctx, ADDRESSES.primary),
  };
}
