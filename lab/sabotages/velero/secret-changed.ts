import { changeTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A secret in Velero’s tarball is another one',
  damages: 'The value of each secret, while Velero says Completed.',
  drill: 'restore',
  caughtBy: { check: 'baseline.velero', code: 'VELERO_DIFFERS' },
  mayFollow: ['baseline.*'],
  backups: (backups) =>
    changeTarball(backups, ({ name, body }) =>
      name.includes('/secrets/')
        ? body.toString().replace(/"data":\{"([^"]+)":"[^"]*"/, '"data":{"$1":"b3RoZXI="')
        : body,
    ),
});
