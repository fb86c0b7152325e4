import { buffer } from 'node:stream/consumers';
import type { Milliseconds } from '../model/duration.ts';
import type { ObjectReader } from '../providers/object-store/contract.ts';
import { isSignedBy } from '../support/signature.ts';
import {
  MANIFEST,
  manifestSchema,
  sectionFile,
  SIGNATURE,
  fileState,
  userState,
  type BaselineManifest,
  type FileState,
  type UserState,
} from './format.ts';
import { readSection } from './sections.ts';

export interface FoundBaseline {
  /** Its folder in the archive; ends with "/". */
  readonly key: string;
  /** By its name, to the second. */
  readonly takenAt: Date;
  /** From the backup, whichever came first. */
  readonly distance: Milliseconds;
}

/** The complete baseline in the archive that is nearest to a moment; undefined when there is none at all. */
export async function findNearestBaseline(
  archive: ObjectReader,
  prefix: string,
  at: Date,
  signal: AbortSignal,
): Promise<FoundBaseline | undefined> {
  let nearest: FoundBaseline | undefined;
  for await (const { key } of archive.list(prefix, { signal })) {
    const match = /^(\d{4}-\d{2}-\d{2}T)(\d{2})(\d{2})(\d{2}Z)-[0-9a-z]+\/([^/]+)$/.exec(
      key.slice(prefix.length),
    );
    if (match?.[5] !== MANIFEST) continue;
    const takenAt = new Date(`${match[1]}${match[2]}:${match[3]}:${match[4]}`);
    const distance = Math.abs(+takenAt - +at);
    if (
      nearest === undefined ||
      distance < nearest.distance ||
      (distance === nearest.distance && takenAt > nearest.takenAt)
    )
      nearest = { key: key.slice(0, -MANIFEST.length), takenAt, distance };
  }
  return nearest;
}

/** A baseline whose signature was verified. Its sections are verified as they are read to their end. */
export interface Baseline {
  readonly key: string;
  readonly manifest: BaselineManifest;
  users(signal: AbortSignal): AsyncGenerator<UserState>;
  /** Undefined when none were recorded. */
  files: ((signal: AbortSignal) => AsyncGenerator<FileState>) | undefined;
}

/** Opens a baseline; a text says why it is not genuine. */
export async function openBaseline(
  archive: ObjectReader,
  key: string,
  { publicKey, signal }: { publicKey: string; signal: AbortSignal },
): Promise<Baseline | string> {
  if (!(await archive.stat(key + SIGNATURE, { signal }))) return 'it has no signature';
  const bytes = await buffer(await archive.open(key + MANIFEST, { signal }));
  const signature = (await buffer(await archive.open(key + SIGNATURE, { signal }))).toString('utf8');
  if (!isSignedBy(bytes, signature, publicKey))
    return 'its signature is not that of signing.publicKey over this manifest';
  const parsed = manifestSchema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) return 'what was signed is no baseline of a format that this version of Muster reads';
  const manifest = parsed.data;
  const { users, files } = manifest.sections;
  return {
    key,
    manifest,
    async *users(abort) {
      const body = await archive.open(key + sectionFile('users'), { signal: abort });
      for await (const record of readSection(body, 'users', users, abort)) yield userState.parse(record);
    },
    files:
      files === null
        ? undefined
        : async function* (abort) {
            const body = await archive.open(key + sectionFile('files'), { signal: abort });
            for await (const record of readSection(body, 'files', files, abort))
              yield fileState.parse(record);
          },
  };
}
