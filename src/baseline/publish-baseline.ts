import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { ObjectWriter } from '../providers/object-store/contract.ts';
import { signBytes, type KeyPair } from '../support/signature.ts';
import { MANIFEST, sectionFile, SIGNATURE, type BaselineManifest, type SectionName } from './format.ts';

export interface PublishOptions {
  readonly archive: ObjectWriter;
  /** Ends with "/" unless it is empty. */
  readonly prefix: string;
  readonly keys: KeyPair;
  readonly retainUntil?: Date | undefined;
  /** Where the sections are. */
  readonly folder: string;
  readonly manifest: BaselineManifest;
}

/** Puts a baseline into the archive. The manifest comes last: where it is, everything is. */
export async function publishBaseline(options: PublishOptions): Promise<string> {
  const { archive, prefix, keys, retainUntil, folder, manifest } = options;
  const key = `${prefix}${stampOf(manifest.takenAt)}-${randomBytes(2).toString('hex')}/`;
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  const signature = signBytes(bytes, keys);
  for (const [name, entry] of Object.entries(manifest.sections)) {
    if (entry === null) continue;
    const file = sectionFile(name as SectionName);
    await archive.put(key + file, createReadStream(path.join(folder, file)), {
      contentType: 'application/gzip',
      retainUntil,
    });
  }
  await archive.put(key + SIGNATURE, Buffer.from(`${signature}\n`), {
    contentType: 'text/plain',
    retainUntil,
  });
  await archive.put(key + MANIFEST, bytes, { contentType: 'application/json', retainUntil });
  return key;
}

/** `2026-11-22T020000Z`: whole seconds, so that a folder sorts by its time. */
const stampOf = (takenAt: string): string => takenAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '');
