import { changeRecord } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s backup is of another namespace',
  damages: 'The namespaces that its record names.',
  drill: 'cluster-ready',
  caughtBy: { check: 'backup.velero.age', code: 'BACKUP_MISSING' },
  mayFollow: ['error'],
  inCluster: {
    before: ({ bucket }) =>
      changeRecord(bucket, (record) =>
        record.replace(
          /"includedNamespaces":\s*\[\s*"mattermost"\s*\]/,
          '"includedNamespaces":["monitoring"]',
        ),
      ),
  },
});
