import {
  isClusterDrill,
  type ClusterDamage,
  type ClusterDrill,
  type RecoveryCluster,
} from '../../lab/sabotages/sabotage.ts';
import { defineDrill, type Drill, type Step } from '../model/drill.ts';
import { minutes } from '../model/duration.ts';
import * as steps from '../steps/index.ts';
import type { Ground } from './ground.ts';
import { ABOUT, backupsDrill } from './proving-drills.ts';
import { openRecovery } from './recovery-cluster.ts';
import { onRestored } from './take-on-copy.ts';
import { takeDrill, type DrillOrder, type TakenDrill } from './take-drill.ts';

/** Runs a proving drill into the lab's cluster. It takes away what it restores, as any drill does. */
export async function takeInCluster(ground: Ground, order: DrillOrder): Promise<TakenDrill> {
  const { kind, sabotage } = order;
  if (!isClusterDrill(kind)) throw new TypeError(`${kind} is no drill into a cluster`);
  const { inCluster: damage = {} } = sabotage;
  return takeDrill(ground, order, async ({ on }) => {
    const recovery = await openRecovery(ground, on);
    await damage.before?.(recovery);
    return { config: ground.config, drill: clusterDrill(kind, recovery, damage) };
  });
}

type During = Exclude<keyof ClusterDamage, 'before'>;

/** What has to be there for it. A step without needs may go beside those before it. */
const NEEDS: Readonly<Record<During, NonNullable<Step['needs']>>> = {
  sealed: ['network'],
  restored: ['database', 'files'],
  quarantined: ['quarantine'],
  started: ['site'],
};

/** The smallest drill that can catch a kind of sabotage in a cluster, of the very steps that real drills are made of. */
function clusterDrill(kind: ClusterDrill, recovery: RecoveryCluster, damage: ClusterDamage): Drill {
  const during = (when: During): Step => ({
    id: `damage-${when}`,
    title: `Damage what is ${when}`,
    needs: NEEDS[when],
    budget: minutes(2),
    async run(ctx) {
      if (when === 'sealed') await damage.sealed?.(recovery);
      else if (damage[when])
        await onRestored(ctx, (restored) => damage[when]?.({ ...recovery, ...restored }));
    },
  });
  const ready = [...(backupsDrill.preflight ?? []), steps.clusterIsReady(), steps.scratchIsEmpty()];
  const preflight = [...ready, steps.sealScratch(), during('sealed')];
  const objects = [steps.restoreCluster()];
  const copy = [...objects, steps.restoreDatabase(), steps.restoreFiles(), during('restored')];
  const service = [steps.quarantine(), during('quarantined'), steps.startApplication(), during('started')];
  switch (kind) {
    case 'cluster-ready':
      return defineDrill({ ...ABOUT, preflight: ready });
    case 'cluster':
      return defineDrill({ ...ABOUT, preflight, restore: objects });
    case 'cluster-copy':
      return defineDrill({ ...ABOUT, preflight, restore: [...copy, steps.compareWithBaseline()] });
    case 'cluster-site':
      return defineDrill({
        ...ABOUT,
        preflight,
        restore: [...copy, ...service],
        load: [steps.nothingLeftTheScratch()],
      });
  }
}
