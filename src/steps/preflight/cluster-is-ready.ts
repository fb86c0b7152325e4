import type { Step } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import { findScratchCluster } from '../cluster/scratch-cluster.ts';
import { judgeBackup } from './cluster/judge-backup.ts';
import { judgeCapacity } from './cluster/judge-capacity.ts';
import { requireScratchOperator } from './cluster/require-operator.ts';
import { judgeContents } from './cluster/judge-contents.ts';
import { judgeExpiry } from './cluster/judge-expiry.ts';
import { judgeSchedules } from './cluster/judge-schedules.ts';
import { requireRights } from './cluster/require-rights.ts';
import { requireVelero } from './cluster/require-velero.ts';

/** The cluster that the site is to be restored into has all that this takes, and production is not in it. */
export function clusterIsReady(): Step {
  return {
    id: 'cluster-is-ready',
    title: 'Check that the cluster is ready',
    needs: ['backups'],
    promises: ({ config: { scratch } }) =>
      scratch.kind === 'kubernetes'
        ? [
            ...['cluster.rights', 'cluster.operator', 'cluster.velero', 'cluster.backup', 'cluster.capacity'],
            ...['cluster.version-skew', 'cluster.kinds', 'cluster.backup-lasts'],
          ]
        : [],
    budget: minutes(8),
    plan: ({ scratch }) =>
      scratch.kind === 'kubernetes'
        ? [
            'ask the API server for its version, and by SelfSubjectAccessReview for our rights',
            `look at Deployment ${scratch.operator.namespace}/${scratch.operator.deployment} and for Mattermost resources in the whole cluster`,
            `ask Velero in namespace ${scratch.velero.namespace} for its version, storage locations and schedules; wait until it has found the backup`,
            'compare its version, and the kinds that it serves, with those of the backup, and when that expires with the RTO',
            'compare what the nodes have with what the site asks for',
          ]
        : ['nothing: the scratch is this machine'],
    async run(ctx) {
      const scratch = await findScratchCluster(ctx);
      if (scratch === undefined) return;
      const { signal } = ctx;
      const version = await scratch.cluster.version({ signal });
      ctx.progress(`${scratch.cluster.location} is Kubernetes ${version}`);
      ctx.check(await requireRights(scratch, { signal }));
      ctx.check(await requireScratchOperator(scratch, { signal }));
      ctx.check(await requireVelero(ctx, scratch));
      ctx.check(await judgeBackup(ctx, scratch));
      const { velero: backup } = ctx.get('backups');
      if (backup !== null) ctx.check(judgeExpiry(backup.expiresAt, new Date(), ctx.objectives.rto));
      for (const check of await judgeContents(ctx, scratch, version)) ctx.check(check);
      ctx.check(await judgeCapacity(scratch, { signal }));
      const schedules = await judgeSchedules(ctx, scratch);
      if (schedules !== undefined) ctx.check(schedules);
    },
  };
}
