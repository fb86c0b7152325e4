import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import type { PlacedObject } from './objects.ts';

const FORMAT_VERSION = '1.1.0';

/** The objects as Velero packs them: each twice, by resource and by its preferred version. The same bytes each time. */
export function packObjects(objects: readonly PlacedObject[], at: Date): Buffer {
  const blocks = [...entry('metadata/version', Buffer.from(FORMAT_VERSION + '\n'), at)];
  for (const { resource, object } of objects) {
    const { name, namespace } = object.metadata;
    const place = namespace === undefined ? `cluster/${name}.json` : `namespaces/${namespace}/${name}.json`;
    const version = object.apiVersion.split('/').at(-1);
    const body = Buffer.from(JSON.stringify(object));
    blocks.push(...entry(`resources/${resource}/${place}`, body, at));
    blocks.push(...entry(`resources/${resource}/${version}-preferredversion/${place}`, body, at));
  }
  return gzip(Buffer.concat([...blocks, Buffer.alloc(1_024)]));
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
