import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The server is older than the one that was lost',
  damages: 'The version that the Velero backup tells, which is then years ahead of the server.',
  drill: 'service',
  caughtBy: { check: 'application.version', code: 'SERVER_TOO_OLD' },
  cluster: (cluster) => ({ ...cluster, version: '99.0.0' }),
});
