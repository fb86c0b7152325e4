import { gunzipSync, gzipSync } from 'node:zlib';
import { Header } from 'tar';
import type { PlacedObject } from './kept-objects.ts';

const FORMAT_VERSION = '1.1.0';

/** The objects as Velero packs them: each twice, by resource and by its preferred version. The same bytes each time. */
export function packObjects(objects: readonly PlacedObject[], at: Date): Buffer {
  const files: TarballFile[] = [{ name: 'metadata/version', body: Buffer.from(FORMAT_VERSION + '\n') }];
  for (const { resource, object } of objects) {
    const { name, namespace } = object.metadata;
    const place = namespace === undefined ? `cluster/${name}.json` : `namespaces/${namespace}/${name}.json`;
    const version = object.apiVersion.split('/').at(-1);
    const body = Buffer.from(JSON.stringify(object));
    files.push({ name: `resources/${resource}/${place}`, body });
    files.push({ name: `resources/${resource}/${version}-preferredversion/${place}`, body });
  }
  return packFiles(files, at);
}

export interface TarballFile {
  readonly name: string;
  readonly body: Buffer;
}

/** A tarball of these files, in this order. */
export function packFiles(files: readonly TarballFile[], at: Date): Buffer {
  const blocks = files.flatMap(({ name, body }) => entry(name, body, at));
  return gzip(Buffer.concat([...blocks, Buffer.alloc(1_024)]));
}

/** The files of a tarball that `packFiles` or Velero has made. */
export function unpackFiles(tarball: Buffer): readonly TarballFile[] {
  const bytes = gunzipSync(tarball);
  const files: TarballFile[] = [];
  for (let at = 0; at < bytes.length;) {
    const { path, size = 0, cksumValid } = new Header(bytes, at);
    at += 512;
    if (!cksumValid || path === undefined) break;
    files.push({ name: path, body: bytes.subarray(at, at + size) });
    at += Math.ceil(size / 512) * 512;
  }
  return files;
}

/** Byte 9 of a gzip file names the system that wrote it (RFC 1952, 2.3.1): 255 is "unknown", wherever this runs. */
export function gzip(body: Buffer | string): Buffer {
  const packed = gzipSync(body);
  packed[9] = 255;
  return packed;
}

function entry(path: string, body: Buffer, mtime: Date): Buffer[] {
  const header = new Header({ path, mode: 0o755, uid: 0, gid: 0, size: body.length, mtime, type: 'File' });
  if (header.encode()) throw new RangeError(`${path} does not fit into a tar header`);
  return [header.block ?? Buffer.alloc(512), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}
