import { it } from 'vitest';
import { cutInHalf, garble } from '../../lab/sabotages/damage-dump.ts';
import { packFiles, unpackFiles, type TarballFile } from '../../lab/velero/tarball.ts';
import { begin, expectRefusal } from './support/attempt.ts';
import type { ClusterSite } from './support/cluster-site.ts';
import { holdBeforeRestore } from './support/held-restore.ts';

interface Changed {
  readonly how: string;
  /** Undefined: it is gone. */
  change(whole: Buffer): Buffer | undefined;
  readonly code: string;
  readonly says: readonly RegExp[];
}

const files = (edit: (file: TarballFile) => readonly TarballFile[]) => (whole: Buffer) =>
  packFiles(unpackFiles(whole).flatMap(edit), new Date());

const CHANGED: readonly Changed[] = [
  {
    how: 'deleted',
    change: () => undefined,
    code: 'RESTORE_FAILED',
    says: [/Velero's restore ended as Failed: .*NoSuchKey/s],
  },
  {
    how: 'flipped',
    change: garble,
    code: 'VELERO_RESTORE_FAILED',
    says: [/PartiallyFailed, 1 errors/, /is missing/],
  },
  {
    how: 'truncated',
    change: cutInHalf,
    code: 'VELERO_RESTORE_FAILED',
    says: [/PartiallyFailed, 1 errors.*unexpected EOF/s, /is missing/],
  },
  {
    how: 'emptied',
    change: files((file) => (file.name === 'metadata/version' ? [file] : [])),
    code: 'OBJECTS_DIFFER',
    says: [/is missing.*Velero says Completed, 1 warnings, 0 errors/s],
  },
  {
    how: 'tampered with',
    change: files(({ name, body }) => {
      if (/\/configmaps\/.*\/mm-extra-config\.json$/.test(name)) return [];
      const isPolicy = /\/roles\..*\/mattermost\.json$/.test(name);
      return [{ name, body: isPolicy ? Buffer.from(String(body).replace('"get"', '"*"')) : body }];
    }),
    code: 'OBJECTS_DIFFER',
    says: [
      /ConfigMap mattermost-drill\/mm-extra-config is missing/,
      /Role mattermost-drill\/\S+ is not as it was saved, at rules\[0\]\.verbs/,
      /Velero says Completed, \d warnings, 0 errors/,
    ],
  },
];

/** Between the moment at which the drill has read the tarball and that at which Velero does, it becomes another one. */
export function clusterTarballCases(site: () => ClusterSite): void {
  for (const { how, change, code, says } of CHANGED) {
    it(`finds that it was ${how}`, async () => {
      const { inside, tarball } = site();
      const whole = await inside.get(tarball);
      const attempt = await begin(site(), { drill: 'objects-only', config: site().newConfig() });
      try {
        using _velero = await holdBeforeRestore(attempt, site());
        const changed = change(whole);
        await (changed === undefined ? inside.delete(tarball) : inside.put(tarball, changed));
      } finally {
        await attempt.ending;
        await inside.put(tarball, whole);
      }
      await expectRefusal(attempt, { code, exitCode: 1, says });
    });
  }
}
