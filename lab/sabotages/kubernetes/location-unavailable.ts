import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s credentials do not open the bucket any more',
  damages: 'The secret of the storage location, which Velero calls Unavailable then.',
  drill: 'cluster-ready',
  caughtBy: { error: 'CLUSTER_NOT_READY' },
  inCluster: {
    async before({ read, patch, until, afterwards }) {
      const phaseIs = (wanted: string) => async () => {
        const location = await read({
          apiVersion: 'velero.io/v1',
          kind: 'BackupStorageLocation',
          name: 'default',
          namespace: 'velero',
        });
        return (location?.['status'] as { phase?: string } | undefined)?.phase === wanted;
      };
      afterwards(() => until(phaseIs('Available')));
      const cloud = '[default]\naws_access_key_id=nobody\naws_secret_access_key=nothing\n';
      await patch(
        { apiVersion: 'v1', kind: 'Secret', name: 'cloud-credentials', namespace: 'velero' },
        { data: { cloud: Buffer.from(cloud).toString('base64') } },
      );
      await until(phaseIs('Unavailable'));
    },
  },
});
