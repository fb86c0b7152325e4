import { OPERATOR } from '../operator.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Somebody gives the operator its replicas back before anything is restored',
  damages:
    'The zero that the drill has set it to, as GitOps and autoscalers do: pods would start on an unquarantined copy.',
  drill: 'cluster',
  caughtBy: { error: 'SCRATCH_NOT_SEALED' },
  mayFollow: ['restore.objects'],
  inCluster: {
    async sealed({ read, patch, until }) {
      await patch(OPERATOR, { spec: { replicas: 1 } });
      await until(async () => {
        const { readyReplicas = 0 } = ((await read(OPERATOR))?.['status'] ?? {}) as {
          readyReplicas?: number;
        };
        return readyReplicas > 0;
      });
    },
  },
});
