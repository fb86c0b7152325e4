import { packFiles, unpackFiles, type TarballFile } from '../velero/tarball.ts';
import type { Folder } from './sabotage.ts';

/** The one with the objects: `velero/backups/NAME/NAME.tar.gz`. */
export function isTarball(key: string): boolean {
  const [folder, name] = key.split('/').slice(-2);
  return name === `${folder}.tar.gz`;
}

/** What a file in a tarball holds instead; undefined when it is to be gone. */
type Edit = (file: TarballFile) => Buffer | string | undefined;

/** Packs Velero's tarball anew, as who can write to the bucket could: it is whole, and Velero's record is as it was. */
export async function changeTarball({ change }: Pick<Folder, 'change'>, edit: Edit): Promise<void> {
  await change('velero/', isTarball, (tarball) => {
    const files = unpackFiles(tarball).flatMap((file) => {
      const body = edit(file);
      return body === undefined ? [] : [{ ...file, body: Buffer.from(body) }];
    });
    return packFiles(files, new Date());
  });
}
