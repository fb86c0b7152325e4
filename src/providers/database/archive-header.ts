import type { DumpFormat } from '../../model/facts.ts';
/** The first bytes of a pg_dump archive: of a custom dump, or of the toc.dat of a directory dump. */
export interface ArchiveHeader {
  /** Of the archive format, not of PostgreSQL: "1.14". */
  readonly version: string;
  /** `tar` is told apart only to be refused by name. */
  readonly format: Exclude<DumpFormat, 'plain'> | 'tar' | 'unknown';
  /** The dump's beginning by the wall clock of the machine that dumped, which the header keeps without its zone. */
  readonly localTime: Date;
  readonly database: string | null;
  readonly serverVersion: string | null;
  readonly dumpedBy: string | null;
}

const MAGIC = Buffer.from('PGDMP');
/** ArchiveFormat in src/bin/pg_dump/pg_backup_archiver.h. */
const FORMATS: Readonly<Record<number, ArchiveHeader['format']>> = { 1: 'custom', 3: 'tar', 5: 'directory' };

/**
 * Reads the header as WriteHead() of PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c lays it out. A directory
 * dump's toc.dat says "tar" (its writer borrows that format): which of them it is, the file's place tells.
 * Resolves to undefined when the bytes are no archive, or too few.
 */
export function parseArchiveHeader(bytes: Buffer): ArchiveHeader | undefined {
  if (!isArchive(bytes)) return undefined;
  try {
    return readHeader(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export const isArchive = (bytes: Buffer): boolean => bytes.subarray(0, MAGIC.length).equals(MAGIC);

function readHeader(bytes: Buffer): ArchiveHeader {
  let at = MAGIC.length;
  const byte = () => bytes.readUInt8(at++);
  const [major, minor] = [byte(), byte(), byte()] as const;
  const intSize = byte();
  byte(); // size of file offsets
  const format = FORMATS[byte()] ?? 'unknown';
  const int = (): number => {
    const negative = byte() !== 0;
    const value = bytes.readUIntLE(at, Math.min(intSize, 6));
    at += intSize;
    return negative ? -value : value;
  };
  const string = (): string | null => {
    const length = int();
    if (length < 0) return null;
    if (at + length > bytes.length) throw new RangeError('the header ends too early');
    return bytes.toString('utf8', at, (at += length));
  };

  // From 1.15 on (PostgreSQL 16) one byte names the algorithm; before, an int was the level.
  if (major > 1 || minor >= 15) byte();
  else int();
  const [second, minute, hour, day, month, year] = [int(), int(), int(), int(), int(), int()] as const;
  int(); // daylight saving
  return {
    version: `${major}.${minor}`,
    format,
    localTime: new Date(Date.UTC(year + 1900, month, day, hour, minute, second)),
    database: string(),
    serverVersion: string(),
    dumpedBy: string(),
  };
}
