import type { Check } from '../../model/check.ts';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import { someOf } from '../../support/some-of.ts';
import { readVeleroBackup, type VeleroContents } from '../../support/velero-backup.ts';
import { findVelero } from './find-velero.ts';
import { judgeVolumes, VOLUMES } from './judge-volumes.ts';
import { openVeleroStore } from './open-stores.ts';

/** Checks Velero's newest backup of the site: finished, its tarball whole, the Mattermost resource in it. */
export async function checkVelero(ctx: StepContext): Promise<void> {
  const { velero } = ctx.config.backups;
  const backup = ctx.get('backups').velero;
  if (!velero || !backup) return;
  ctx.progress(`reading the Velero backup ${backup.name}`);
  await using store = await openVeleroStore(ctx);
  const { chosen, failedSince } = await findVelero(store, velero, ctx.outageAt, ctx.signal);
  const [failed] = failedSince;
  const completed = chosen?.phase === 'Completed' && failed === undefined;
  const told = failed ?? chosen;
  ctx.check({
    id: 'backup.velero.completed',
    claim: "Velero's newest backup of the site is Completed",
    verdict: completed ? 'passed' : 'missed',
    expected: 'Completed',
    seen: `${told?.phase ?? 'none'}: ${told?.name ?? backup.name}${told?.problem ? ` (${told.problem})` : ''}`,
    ...(!completed && {
      code: 'VELERO_NOT_COMPLETED',
      hint: `\`velero backup describe ${told?.name ?? backup.name} --details\` on the site tells why.`,
    }),
  });
  await checkTarball(ctx, store, backup.name, velero);
}

async function checkTarball(
  ctx: StepContext,
  store: Awaited<ReturnType<typeof openVeleroStore>>,
  name: string,
  { prefix, namespace }: NonNullable<StepContext['config']['backups']['velero']>,
): Promise<void> {
  const tarball = {
    id: 'backup.velero.tarball',
    claim: "The Velero backup's tarball is whole",
    expected: "readable to its end, with everything that Velero's own list names, and nothing else",
  };
  const resource = {
    id: 'backup.velero.mattermost',
    claim: 'The Velero backup holds the Mattermost resource',
    expected: 'an object of mattermosts.installation.mattermost.com or clusterinstallations.mattermost.com',
  };
  try {
    const { objects, agreement, volumes } = await readVeleroBackup(store, name, {
      prefix,
      signal: ctx.signal,
    });
    ctx.check({ ...tarball, ...judgeAgreement(objects.length, agreement) });
    const found = objects.filter((object) =>
      /^(?:installation\.mattermost\.com\/\S+\/Mattermost|mattermost\.com\/\S+\/ClusterInstallation) /.test(
        object,
      ),
    );
    ctx.check({
      ...resource,
      verdict: found.length > 0 ? 'passed' : 'missed',
      seen: found.join(', ') || `none among ${objects.length} objects`,
      ...(found.length === 0 && {
        code: 'NO_MATTERMOST_RESOURCE',
        hint: 'Check --include-namespaces and --include-resources of the schedule.',
      }),
    });
    ctx.check(judgeVolumes(volumes?.filter((volume) => volume.namespace === namespace)));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof DrillError) || !['BACKUP_UNREADABLE', 'BACKUP_MISSING'].includes(error.code))
      throw error;
    ctx.check({ ...tarball, verdict: 'missed', seen: error.message, code: error.code, hint: error.hint });
    ctx.check({ ...resource, verdict: 'unverified', seen: 'the tarball cannot be read' });
    ctx.check({ ...VOLUMES, verdict: 'unverified', seen: 'the backup cannot be read' });
  }
}

function judgeAgreement(
  objects: number,
  agreement: VeleroContents['agreement'],
): Pick<Check, 'verdict' | 'seen' | 'code' | 'hint'> {
  if (agreement === undefined)
    return { verdict: 'unverified', seen: `${objects} objects; Velero's list of them does not exist` };
  const { missing, unlisted } = agreement;
  if (missing.length > 0)
    return {
      verdict: 'missed',
      seen: `${objects} objects, ${missing.length} missing: ${someOf(missing)}`,
      code: 'BACKUP_UNREADABLE',
    };
  if (unlisted.length > 0)
    return {
      verdict: 'missed',
      seen: `${objects} objects, ${unlisted.length} that Velero's list does not name: ${someOf(unlisted)}`,
      code: 'VELERO_DIFFERS',
      hint: 'Velero did not put them there: see who may write to the bucket, and the older versions of the tarball.',
    };
  return { verdict: 'passed', seen: `${objects} objects, 0 missing` };
}
