import { it } from 'vitest';
import { packFiles, unpackFiles } from '../../lab/velero/tarball.ts';
import { begin, expectRefusal } from './support/attempt.ts';
import type { ClusterSite } from './support/cluster-site.ts';

interface Unfit {
  readonly what: string;
  /** Put over the spec of the Mattermost resource in the backup. */
  readonly spec?: (spec: Spec) => object;
  /** In place of the one of the backup. */
  readonly image?: { readonly image: string; readonly version: string };
  readonly says: readonly RegExp[];
}

interface Spec {
  readonly mattermostEnv: readonly object[];
}

const withVariable = (variable: object) => (spec: Spec) => ({
  mattermostEnv: [...spec.mattermostEnv, variable],
});

const UNFIT: readonly Unfit[] = [
  {
    what: 'a secret lacks the key that it is asked for',
    spec: withVariable({
      name: 'MM_TEAMSETTINGS_SITENAME',
      valueFrom: { secretKeyRef: { name: 'chat-tls', key: 'name-of-the-site' } },
    }),
    says: [
      /CreateContainerConfigError: couldn't find key name-of-the-site in Secret mattermost-drill\/chat-tls/,
    ],
  },
  {
    what: 'the server ends as soon as it is started',
    spec: withVariable({ name: 'NODE_OPTIONS', value: '--of-another-version' }),
    says: [/CrashLoopBackOff: back-off/, /log: .*--of-another-version is not allowed in NODE_OPTIONS/s],
  },
  {
    what: 'nobody has its image',
    spec: () => ({ imagePullPolicy: 'IfNotPresent' }),
    image: { image: '10.200.0.1:9/mattermost', version: '11.6.0' },
    says: [/ImagePullBackOff: .*10\.200\.0\.1:9\/mattermost:11\.6\.0/],
  },
];

/** A site that is restored as it was saved, and does not start. */
export function clusterApplicationCases(site: () => ClusterSite): void {
  for (const { what, spec, image, says } of UNFIT) {
    it(`says why the site does not come up when ${what}`, async () => {
      const { inside, tarball } = site();
      const whole = await inside.get(tarball);
      const config = site().newConfig();
      if (spec) await inside.put(tarball, withSpec(whole, spec));
      try {
        const attempt = await begin(site(), {
          drill: 'into-cluster',
          config: { ...config, application: { kind: 'operator', isStandIn: true, ...image } },
        });
        await expectRefusal(attempt, {
          code: 'APPLICATION_NOT_HEALTHY',
          says: [
            /the restored site does not come up: container mattermost of /,
            ...says,
            /hint: .*describe pods/,
          ],
        });
      } finally {
        await inside.put(tarball, whole);
      }
    });
  }
}

function withSpec(tarball: Buffer, change: (spec: Spec) => object): Buffer {
  const files = unpackFiles(tarball).map(({ name, body }) => {
    if (!name.startsWith('resources/mattermosts.')) return { name, body };
    const site = JSON.parse(String(body)) as { spec: Spec };
    return {
      name,
      body: Buffer.from(JSON.stringify({ ...site, spec: { ...site.spec, ...change(site.spec) } })),
    };
  });
  return packFiles(files, new Date());
}
