import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';
import { create, replace } from 'tar';

export interface ImageFile {
  /** A file or a folder on this machine; symbolic links are followed. */
  readonly from: string;
  /** Its place in the image, absolute. */
  readonly to: string;
}

export interface ImageOptions {
  /** With a tag: `muster.lab/mattermost-stand-in:11.6.0`. */
  readonly reference: string;
  readonly files: readonly ImageFile[];
  /** Symbolic links: their places, absolute → what they say. */
  readonly links?: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly directory?: string;
  /** Number of the user that its processes run as: root unless given. */
  readonly user?: number;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DAWN = new Date(0);

/**
 * Writes an image of one layer, for `ctr images import`: the same files make the same bytes.
 *
 * Layout: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function writeImage(file: string, options: ImageOptions): Promise<void> {
  const work = await mkdtemp(`${file}-`);
  try {
    const blobs = path.join(work, 'layout', 'blobs', 'sha256');
    await mkdir(blobs, { recursive: true });
    const layer = await keep(LAYER, await packLayer(work, options));
    const config = await keepJson(CONFIG, configOf(options, layer.digest));
    const manifest = await keepJson(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: [layer],
    });
    const annotations = {
      'io.containerd.image.name': options.reference,
      'org.opencontainers.image.ref.name': options.reference,
    };
    const layout = path.join(work, 'layout');
    await writeFile(
      path.join(layout, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
    );
    await writeFile(path.join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await create({ ...SAME_EACH_TIME, file, cwd: layout }, ['oci-layout', 'index.json', 'blobs']);

    async function keepJson(mediaType: string, value: object) {
      const blob = path.join(work, 'blob.json');
      await writeFile(blob, JSON.stringify(value));
      return keep(mediaType, blob);
    }

    /** Moves a file to where its digest says, and describes it. */
    async function keep(mediaType: string, blob: string) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(blob), hash);
      const hex = hash.digest('hex');
      const { size } = await stat(blob);
      await rename(blob, path.join(blobs, hex));
      return { mediaType, digest: `sha256:${hex}`, size };
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Straight from where the files are: a copy of them all would cost more than the image. */
async function packLayer(work: string, { files, links = {} }: ImageOptions): Promise<string> {
  const layer = path.join(work, 'layer.tar');
  const places = new Map(files.map(({ from, to }) => [path.resolve(from), to]));
  await create(
    {
      ...SAME_EACH_TIME,
      file: layer,
      cwd: '/',
      follow: true,
      onWriteEntry(entry) {
        entry.path = path.posix.relative('/', placeOf(entry.absolute));
      },
    },
    [...places.keys()].map((from) => path.relative('/', from)),
  );
  const linked = path.join(work, 'links');
  for (const [link, target] of Object.entries(links)) {
    await mkdir(path.join(linked, path.dirname(link)), { recursive: true });
    await symlink(target, path.join(linked, link));
  }
  const entries = Object.keys(links).map((link) => path.relative('/', link));
  if (entries.length > 0) await replace({ ...SAME_EACH_TIME, file: layer, cwd: linked }, entries);
  return layer;

  function placeOf(source: string): string {
    const to = places.get(source);
    return to ?? path.join(placeOf(path.dirname(source)), path.basename(source));
  }
}

const SAME_EACH_TIME = { portable: true, mtime: DAWN };

function configOf({ entrypoint, directory = '/', user = 0 }: ImageOptions, layer: string) {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return {
    created: DAWN.toISOString(),
    architecture,
    os: 'linux',
    config: {
      Entrypoint: entrypoint,
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      WorkingDir: directory,
      User: String(user),
    },
    rootfs: { type: 'layers', diff_ids: [layer] },
  };
}
