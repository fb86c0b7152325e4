import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runLayout } from '../src/model/layout.ts';

export interface ManifestEntry {
  /** Relative to the run folder, with "/". */
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: 1;
  readonly run: string;
  readonly files: readonly ManifestEntry[];
}

/** Lists every file of a run with its hash. Written last: what comes after it is not evidence. */
export async function writeManifest(runDir: string): Promise<Manifest> {
  const paths = await listFiles(runDir);
  const files = await Promise.all(paths.map((file) => describeFile(runDir, file)));
  const manifest: Manifest = { format: 1, run: path.basename(runDir), files };
  await writeFile(runLayout(runDir).manifest, `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

export interface ManifestProblem {
  readonly file: string;
  readonly what: string;
}

/** Holds a run's files against its manifest: altered, missing and added ones. Rejects when there is no manifest. */
export async function verifyManifest(
  runDir: string,
): Promise<{ files: number; problems: ManifestProblem[] }> {
  const { files } = JSON.parse(await readFile(runLayout(runDir).manifest, 'utf8')) as Manifest;
  const listed = new Map(files.map((entry) => [entry.path, entry]));
  const present = new Set(await listFiles(runDir));
  const problems: ManifestProblem[] = [];
  for (const [file, { sha256, size }] of listed) {
    if (!present.has(file)) problems.push({ file, what: 'is missing' });
    else {
      const now = await describeFile(runDir, file);
      if (now.sha256 !== sha256)
        problems.push({
          file,
          what: now.size === size ? 'has other content' : `has ${now.size} bytes instead of ${size}`,
        });
    }
  }
  for (const file of present) if (!listed.has(file)) problems.push({ file, what: 'was added' });
  return { files: files.length, problems };
}

/** All files of a run but the manifest itself, sorted. */
export async function listFiles(runDir: string): Promise<string[]> {
  const entries = await readdir(runDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(runDir, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((file) => file !== path.basename(runLayout(runDir).manifest))
    .toSorted();
}

async function describeFile(runDir: string, file: string): Promise<ManifestEntry> {
  const absolute = path.join(runDir, file);
  const hash = createHash('sha256');
  await pipeline(createReadStream(absolute), hash);
  return { path: file, size: (await stat(absolute)).size, sha256: hash.digest('hex') };
}
