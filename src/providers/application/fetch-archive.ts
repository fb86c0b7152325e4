import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrillError } from '../../model/errors.ts';
import { sha256Of } from '../../support/sha256-of.ts';
import type { PrepareOptions } from './contract.ts';

export interface ArchiveSource {
  /** Path or https URL. */
  readonly archive: string;
  /** Lower-case hex; demanded for a URL. */
  readonly sha256?: string | undefined;
}

export interface FetchedArchive {
  readonly file: string;
  /** We fetched it, so we may delete it. */
  readonly isTemporary: boolean;
}

/** The archive as a file whose hash is right. Nothing of it has been looked at when it is not. */
export async function fetchArchive(
  { archive, sha256 }: ArchiveSource,
  options: PrepareOptions,
): Promise<FetchedArchive> {
  const isUrl = /^https?:\/\//.test(archive);
  if (isUrl && sha256 === undefined) {
    throw new DrillError('CONFIG_INVALID', 'application.archive is a URL without a hash', {
      hint: 'Set application.sha256 to the SHA-256 that is published beside the archive.',
    });
  }
  const file = isUrl ? await download(archive, options) : path.resolve(archive);
  if (!isUrl) await requireFile(file);
  if (sha256 === undefined) return { file, isTemporary: isUrl };
  const seen = await sha256Of(createReadStream(file));
  if (seen === sha256) return { file, isTemporary: isUrl };
  if (isUrl) await rm(file, { force: true });
  throw new DrillError('BACKUP_UNREADABLE', `${archive} has SHA-256 ${seen}, and ${sha256} was wanted`, {
    hint: 'It was not unpacked. Fetch it again, or correct application.sha256.',
  });
}

async function requireFile(file: string): Promise<void> {
  if ((await stat(file).catch(() => undefined))?.isFile()) return;
  throw new DrillError('CONFIG_INVALID', `there is no server archive ${file}`, {
    hint: 'Set application.archive to the path or https URL of a server archive (.tar.gz).',
  });
}

async function download(url: string, { directory, signal, progress }: PrepareOptions): Promise<string> {
  const file = path.join(directory, 'server.tar.gz');
  progress(`Downloading ${url}`);
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok || answer.body === null) throw new Error(`HTTP ${answer.status}`);
    await pipeline(
      Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream),
      createWriteStream(file),
      {
        signal,
      },
    );
    return file;
  } catch (cause) {
    signal.throwIfAborted();
    throw new DrillError('CONFIG_INVALID', `cannot download ${url}`, {
      cause,
      hint: 'Check application.archive, or download it beforehand and give its path.',
    });
  }
}
