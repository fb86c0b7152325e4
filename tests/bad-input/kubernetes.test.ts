import { afterAll, beforeAll, describe } from 'vitest';
import { whyNoCluster } from '../lab/kubernetes/support/machine.ts';
import { minutes } from '../../src/model/duration.ts';
import { clusterApplicationCases } from './cluster-application.cases.ts';
import { clusterInterruptionCases } from './cluster-interruptions.cases.ts';
import { clusterPreflightCases } from './cluster-preflight.cases.ts';
import { clusterTarballCases } from './cluster-tarball.cases.ts';
import { openClusterSite, type ClusterSite } from './support/cluster-site.ts';

const whyNot = await whyNoCluster();

/** One file, so that all drills share one lab and no two of them run at a time. */
describe.skipIf(whyNot !== undefined)(
  `a drill into a cluster on bad input${whyNot ? ` (skipped: ${whyNot})` : ''}`,
  { timeout: minutes(3) },
  () => {
    const stack = new AsyncDisposableStack();
    let site: ClusterSite;
    beforeAll(async () => void (site = await openClusterSite(stack)), minutes(6));
    afterAll(async () => stack.disposeAsync(), minutes(2));

    describe('of the cluster', () => clusterPreflightCases(() => site));
    describe('of a tarball that Velero finds changed', () => clusterTarballCases(() => site));
    describe('that is interrupted', () => clusterInterruptionCases(() => site));
    describe('of the application', () => clusterApplicationCases(() => site));
  },
);
