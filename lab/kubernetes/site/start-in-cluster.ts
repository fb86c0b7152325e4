import { readFile } from 'node:fs/promises';
import { minutes } from '../../../src/model/duration.ts';
import { DrillError } from '../../../src/model/errors.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import type { ApplicationStart, StartedApplication } from '../../primary-site.ts';
import type { LabUnderway } from '../../underway.ts';
import { mattermostOf, siteObjects } from '../../velero/site-objects.ts';
import type { ClusterSite } from '../../velero/site.ts';
import type { ClusterApi } from '../api.ts';
import { INGRESS_CLASS } from '../ingress.ts';
import { STORAGE_CLASS } from '../volumes/start.ts';
import { localVolume } from '../volumes/volume.ts';
import { MATTERMOST_USER, STAND_IN } from './images.ts';
import type { MattermostStatus } from './operator/mattermost.ts';

export const NAMESPACE = 'mattermost';
const VOLUME = { claim: 'mattermost-files', storageClass: STORAGE_CLASS };

/** The site as its people have described it to a cluster. Resolves when the operator calls it stable. */
export async function startInCluster(
  lab: LabUnderway,
  api: ClusterApi,
  start: ApplicationStart,
): Promise<StartedApplication> {
  const site = await describe(lab, start);
  const volume = localVolume({
    name: VOLUME.claim,
    path: start.files,
    claim: { namespace: NAMESPACE, name: VOLUME.claim },
  });
  for (const object of [volume, ...siteObjects(site)]) await api.apply(object);
  const { apiVersion, kind, metadata } = mattermostOf(site);
  let last: Partial<MattermostStatus> = {};
  const stable = await waitFor(
    async () => {
      const found = await api.find(apiVersion, kind, metadata.name, metadata.namespace);
      last = (found?.['status'] ?? {}) as Partial<MattermostStatus>;
      return last.state === 'stable' ? true : undefined;
    },
    { timeout: minutes(3), interval: 250, signal: lab.signal },
  );
  const log = () => lastEvents(api);
  if (!stable)
    throw new DrillError(
      'LAB_FAILED',
      `the primary site is ${last.state ?? 'not seen by the operator'} for 3m`,
      {
        details: { error: last.error ?? '', events: await log() },
      },
    );
  lab.say(`primary site's application (stand-in) is stable in namespace ${NAMESPACE}`);
  return { log };
}

async function describe(lab: LabUnderway, start: ApplicationStart): Promise<ClusterSite> {
  const { environment, dataSource, identity, tls, authority } = start;
  return {
    ...STAND_IN,
    namespace: NAMESPACE,
    siteUrl: lab.siteUrl,
    imagePullPolicy: 'Never',
    user: MATTERMOST_USER,
    // What it asks for fits a small node; what it may take is what the real one may.
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '2', memory: '4Gi' } },
    ingressClass: INGRESS_CLASS,
    environment,
    dataSource,
    fileStore: VOLUME,
    egressPorts: [dataSource, identity.serverTokenUrl].map((url) => Number(new URL(url).port)),
    authority: await readFile(authority.certFile, 'utf8'),
    tls: {
      certificate: await readFile(tls.certFile, 'utf8'),
      key: await readFile(tls.keyFile, 'utf8'),
    },
  };
}

async function lastEvents(api: ClusterApi): Promise<string> {
  const events = await api.list('v1', 'Event', NAMESPACE);
  return events
    .slice(-5)
    .map(({ reason, message }) => `${String(reason)}: ${String(message)}`)
    .join(' | ');
}
