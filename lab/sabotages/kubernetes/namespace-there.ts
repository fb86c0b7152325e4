import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The scratch namespace is there before the drill',
  damages: 'Nothing: somebody else may live there.',
  drill: 'cluster-ready',
  caughtBy: { error: 'SCRATCH_NOT_EMPTY' },
  inCluster: {
    async before({ namespace, create, read, until, afterwards }) {
      const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
      afterwards(() => until(async () => (await read(ref)) === undefined));
      await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    },
  },
});
