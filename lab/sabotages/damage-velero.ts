import { gunzipSync } from 'node:zlib';
import { gzip, packFiles, unpackFiles, type TarballFile } from '../velero/tarball.ts';
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

/** Velero's list of what it saved: `v1/ConfigMap` → `mattermost/mm-extra-config`, … */
export type ResourceList = Readonly<Record<string, readonly string[]>>;

/** Writes another list beside the tarball. */
export async function changeList(
  { change }: Pick<Folder, 'change'>,
  edit: (list: ResourceList) => ResourceList,
): Promise<void> {
  await change(
    'velero/backups/',
    (key) => key.endsWith('-resource-list.json.gz'),
    (body) => gzip(JSON.stringify(edit(JSON.parse(gunzipSync(body).toString()) as ResourceList))),
  );
}

/** Takes one object out of tarball and list, so that they agree. */
export async function forget(
  bucket: Pick<Folder, 'change'>,
  { resource, kind, name }: { readonly resource: string; readonly kind: string; readonly name: string },
): Promise<void> {
  await changeTarball(bucket, (file) =>
    file.name.startsWith(`resources/${resource}/`) && file.name.endsWith(`/${name}.json`)
      ? undefined
      : file.body,
  );
  await changeList(bucket, (list) => ({
    ...list,
    [kind]: (list[kind] ?? []).filter((listed) => !listed.endsWith(`/${name}`)),
  }));
}

/** Writes another record of the backup, in Velero's own words. */
export async function changeRecord(
  { change }: Pick<Folder, 'change'>,
  edit: (record: string) => string,
): Promise<void> {
  await change(
    'velero/',
    (key) => key.endsWith('velero-backup.json'),
    (body) => edit(body.toString()),
  );
}
