import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { extract } from 'tar';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeImage } from '../../../lab/kubernetes/image.ts';
import { writeProbeImage, writeStandInImage } from '../../../lab/kubernetes/site/images.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'muster-image-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('names every part of an image by its digest', async () => {
  const image = await writeSmallImage('small.tar');
  const layout = await unpack(image, 'layout');
  const blobs = await readdir(path.join(layout, 'blobs/sha256'));
  for (const blob of blobs) {
    const body = await readFile(path.join(layout, 'blobs/sha256', blob));
    expect(createHash('sha256').update(body).digest('hex')).toBe(blob);
  }
  const { manifests } = await readJson(path.join(layout, 'index.json'));
  const manifest = await readBlob(layout, manifests[0].digest);
  const config = await readBlob(layout, manifest.config.digest);
  expect(config.rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
  expect(config.config).toMatchObject({ Entrypoint: ['/bin/tool', '--quiet'], User: '7' });
  expect(manifests[0].annotations['io.containerd.image.name']).toBe('muster.lab/tool:1');
});

it('puts files and what links mean where they belong, and is the same bytes each time', async () => {
  const image = await writeSmallImage('once.tar');
  const root = await unpackLayer(image);
  expect(await readFile(path.join(root, 'bin/tool'), 'utf8')).toBe('a tool');
  expect(await readFile(path.join(root, 'share/deep/linked'), 'utf8')).toBe('a tool');
  expect(await readlink(path.join(root, 'bin/again'))).toBe('tool');
  expect((await readFile(await writeSmallImage('twice.tar'))).equals(await readFile(image))).toBe(true);
});

it.skipIf(process.getuid?.() !== 0)(
  'gives the probe a shell with its small programs (skipped unless run as root)',
  async () => {
    const image = path.join(folder, 'probe.tar');
    await writeProbeImage(image);
    const said = await execa('/usr/sbin/chroot', [
      await unpackLayer(image),
      ...['/bin/sh', '-c', 'echo seen | tr a-z A-Z'],
    ]);
    expect(said.stdout).toBe('SEEN');
  },
);

it.skipIf(process.getuid?.() !== 0)(
  'holds all that the stand-in needs to run (skipped unless run as root)',
  async () => {
    const image = path.join(folder, 'stand-in.tar');
    await writeStandInImage(image);
    const root = await unpackLayer(image);
    const node = ['/usr/local/bin/node', '/muster/lab/application/main.ts'];
    const version = await execa('chroot', [root, ...node, 'version']);
    expect(version.stdout).toContain('Version: 11.6.0');
    const started = await execa('/usr/sbin/chroot', [root, ...node], {
      env: { MM_CONFIG: 'postgres://nobody@127.0.0.1:1/none' },
      extendEnv: false,
      reject: false,
    });
    expect(started.stdout).toContain('ECONNREFUSED');
  },
  60_000,
);

async function writeSmallImage(name: string): Promise<string> {
  const source = path.join(folder, `source of ${name}`);
  await mkdir(path.join(source, 'deep'), { recursive: true });
  await symlink('../tool', path.join(source, 'deep/linked'));
  await writeFile(path.join(source, 'tool'), 'a tool', { mode: 0o755 });
  const image = path.join(folder, name);
  await writeImage(image, {
    reference: 'muster.lab/tool:1',
    files: [
      { from: path.join(source, 'tool'), to: '/bin/tool' },
      { from: source, to: '/share' },
    ],
    links: { '/bin/again': 'tool' },
    entrypoint: ['/bin/tool', '--quiet'],
    user: 7,
  });
  return image;
}

async function unpackLayer(image: string): Promise<string> {
  const layout = await unpack(image, 'layout');
  const { manifests } = await readJson(path.join(layout, 'index.json'));
  const manifest = await readBlob(layout, manifests[0].digest);
  return unpack(fileOf(layout, manifest.layers[0].digest), 'root');
}

async function unpack(file: string, name: string): Promise<string> {
  const cwd = path.join(folder, name);
  await mkdir(cwd);
  await extract({ file, cwd });
  return cwd;
}

function readBlob(layout: string, digest: string) {
  return readJson(fileOf(layout, digest));
}

function fileOf(layout: string, digest: string): string {
  return path.join(layout, 'blobs', digest.replace(':', '/'));
}

async function readJson(file: string): Promise<any> {
  return JSON.parse(await readFile(file, 'utf8'));
}
