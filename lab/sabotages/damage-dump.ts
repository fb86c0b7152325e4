/** The parts of a pg_dump archive's header that are forged: WriteHead() in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c. */
const MINOR_VERSION = 6;
const FORMAT = 10;
const TAR = 3;
/** From archive 1.15 on one byte names the compression; before, an int of a sign and four bytes. */
const COMPRESSION = 11;
const INT = 5;

export const cutInHalf = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length / 2));

/** 256 bytes, in the middle unless told otherwise, are not what they were: a bad disk, a transfer in text mode. */
export function garble(bytes: Buffer, from = Math.floor(bytes.length / 2)): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = from; at < from + 256; at++) copy[at] = (copy[at] ?? 0) ^ 0x5a;
  return copy;
}

/** An archive of a version that no PostgreSQL writes yet. */
export function ofTheFuture(archive: Buffer): Buffer {
  const rest = isOld(archive) ? COMPRESSION + INT : COMPRESSION + 1;
  const copy = Buffer.concat([archive.subarray(0, COMPRESSION), Buffer.of(1), archive.subarray(rest)]);
  copy[MINOR_VERSION] = 99;
  return copy;
}

/** The same archive, said to be made by a pg_dump that is not released yet. */
export function dumpedByNewerTools(archive: Buffer): Buffer {
  const header = archive.subarray(0, 200).toString('latin1');
  const version = /\d+\.\d+(?= ?\(|\D*$)|\d{2}\.\d+/g;
  const forged = header.replaceAll(version, (text) => `99${text.slice(2)}`);
  return Buffer.concat([Buffer.from(forged, 'latin1'), archive.subarray(200)]);
}

/** Seven ints, from the seconds to whether summer time was in force, as in C's struct tm. */
const TIME = 7 * INT;

/** Taken when another archive was, by its own header. */
export function takenWith(archive: Buffer, other: Buffer): Buffer {
  const copy = Buffer.from(archive);
  other.copy(copy, timeOf(copy), timeOf(other), timeOf(other) + TIME);
  return copy;
}

/** Taken so many years earlier, by its own header. */
export function madeYearsAgo(archive: Buffer, years: number): Buffer {
  const copy = Buffer.from(archive);
  const year = timeOf(archive) + 5 * INT + 1;
  copy.writeUInt32LE(copy.readUInt32LE(year) - years, year);
  return copy;
}

export function inTarFormat(archive: Buffer): Buffer {
  const copy = Buffer.from(archive);
  copy[FORMAT] = TAR;
  return copy;
}

const timeOf = (archive: Buffer): number => COMPRESSION + (isOld(archive) ? INT : 1);

const isOld = (archive: Buffer): boolean => (archive[MINOR_VERSION] ?? 0) < 15;
