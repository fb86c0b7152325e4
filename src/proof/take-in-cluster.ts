import type { ClusterDamage, RecoveryCluster } from '../../lab/sabotages/sabotage.ts';
import { defineDrill, type Drill, type Step } from '../model/drill.ts';
import { minutes } from '../model/duration.ts';
import * as steps from '../steps/index.ts';
import type { Ground } from './ground.ts';
import { ABOUT, backupsDrill } from './proving-drills.ts';
import { openRecovery } from './recovery-cluster.ts';
import { takeDrill, type DrillOrder, type TakenDrill } from './take-drill.ts';

/** Runs a proving drill into the lab's cluster. It takes away what it restores, as any drill does. */
export async function takeInCluster(ground: Ground, order: DrillOrder): Promise<TakenDrill> {
  const { inCluster: damage = {} } = order.sabotage;
  return takeDrill(ground, order, async ({ on }) => {
    const recovery = await openRecovery(ground, on);
    await damage.before?.(recovery);
    return { config: ground.config, drill: clusterDrill(order.kind, recovery, damage) };
  });
}

/** The smallest drill that can catch a kind of sabotage in a cluster, of the very steps that real drills are made of. */
function clusterDrill(kind: DrillOrder['kind'], recovery: RecoveryCluster, damage: ClusterDamage): Drill {
  const during = (when: keyof ClusterDamage): Step => ({
    id: `damage-${when}`,
    title: `Damage what is ${when}`,
    budget: minutes(2),
    run: async () => damage[when]?.(recovery),
  });
  const preflight = [
    ...(backupsDrill.preflight ?? []),
    ...[steps.clusterIsReady(), steps.scratchIsEmpty(), steps.sealScratch(), during('sealed')],
  ];
  const objects = [steps.restoreCluster(), during('restored')];
  const copy = [...objects, steps.restoreDatabase(), steps.restoreFiles()];
  const service = [steps.quarantine(), during('quarantined'), steps.startApplication(), during('started')];
  switch (kind) {
    case 'cluster-copy':
      return defineDrill({ ...ABOUT, preflight, restore: [...copy, steps.compareWithBaseline()] });
    case 'cluster-site':
      return defineDrill({
        ...ABOUT,
        preflight,
        restore: [...copy, ...service],
        load: [steps.nothingLeftTheScratch()],
      });
    default:
      return defineDrill({ ...ABOUT, preflight, restore: objects });
  }
}
