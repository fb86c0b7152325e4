import { PROBE } from '../../kubernetes/site/images.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A pod that nobody watches runs beside the site',
  damages: 'The scratch namespace, in which an operator of something else makes a pod.',
  drill: 'cluster-site',
  caughtBy: { check: 'isolation.counter-counts', code: 'COUNTER_SILENT' },
  mayFollow: ['isolation.*'],
  inCluster: {
    started: ({ namespace, create }) =>
      create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'of-somebody-else', namespace },
        spec: {
          containers: [
            {
              ...{ name: 'shell', image: PROBE, imagePullPolicy: 'Never' },
              command: ['sleep', '600'],
            },
          ],
          terminationGracePeriodSeconds: 0,
        },
      }),
  },
});
