import { defineDrill } from '../../../src/index.ts';
import intoCluster from './into-cluster.drill.ts';

/** What Velero does, and nothing after it. */
export default defineDrill({
  ...intoCluster,
  title: 'Restore of objects into a cluster',
  restore: intoCluster.restore?.slice(0, 1) ?? [],
});
