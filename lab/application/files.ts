import { extname } from 'node:path';
import type { App } from './app.ts';
import { fileNotFound } from './http/api-error.ts';
import { newId } from './ids.ts';
import { readImageSize } from './image-size.ts';
import { mimeTypeOf } from './mime-types.ts';

export interface FileRow {
  id: string;
  creatorid: string;
  postid: string;
  channelid: string;
  createat: number;
  updateat: number;
  deleteat: number;
  path: string;
  thumbnailpath: string;
  previewpath: string;
  name: string;
  extension: string;
  size: number;
  mimetype: string;
  width: number;
  height: number;
  haspreviewimage: boolean;
  minipreview: Buffer | null;
  remoteid: string | null;
  archived: boolean;
}

const COLUMNS = `id, creatorid, postid, channelid, createat, updateat, deleteat, path, thumbnailpath, previewpath, name,
  extension, size, mimetype, width, height, haspreviewimage, minipreview, remoteid, archived`;

export async function requireFile(app: App, id: string): Promise<FileRow> {
  const file = await app.db.one<FileRow>(`SELECT ${COLUMNS} FROM fileinfo WHERE id = $1 AND deleteat = 0`, [
    id,
  ]);
  if (!file) throw fileNotFound();
  return file;
}

export function findFilesOfPosts(app: App, postIds: readonly string[]): Promise<FileRow[]> {
  return app.db.rows<FileRow>(
    `SELECT ${COLUMNS} FROM fileinfo WHERE postid = ANY($1) AND deleteat = 0 ORDER BY createat`,
    [postIds],
  );
}

/** Writes a file to the store and its row; pictures get a thumbnail and a preview, which are the picture itself. */
export async function saveFile(
  app: App,
  { userId, channelId, name, content }: { userId: string; channelId: string; name: string; content: Buffer },
): Promise<FileRow> {
  const id = newId();
  const now = Date.now();
  const safeName = name.replaceAll(/[/\\\0]/g, '_').replace(/^\.+/, '_') || 'file';
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
  const folder = `${day}/teams/noteam/channels/${channelId}/users/${userId}/${id}`;
  const extension = extname(safeName).slice(1).toLowerCase();
  const size = readImageSize(content);
  const stem = size ? safeName.slice(0, safeName.length - extname(safeName).length) : '';
  const row: FileRow = {
    id,
    creatorid: userId,
    postid: '',
    channelid: channelId,
    createat: now,
    updateat: now,
    deleteat: 0,
    path: `${folder}/${safeName}`,
    thumbnailpath: size ? `${folder}/${stem}_thumb.${extension}` : '',
    previewpath: size ? `${folder}/${stem}_preview.${extension}` : '',
    name: safeName,
    extension,
    size: content.length,
    mimetype: mimeTypeOf(extension),
    width: size?.width ?? 0,
    height: size?.height ?? 0,
    haspreviewimage: size !== undefined,
    minipreview: null,
    remoteid: '',
    archived: false,
  };
  const paths = [row.path, row.thumbnailpath, row.previewpath].filter(Boolean);
  await Promise.all(paths.map((path) => app.files.write(path, content)));
  await app.db.rows(
    `INSERT INTO fileinfo (${COLUMNS}, content) VALUES
     ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, '')`,
    Object.values(row),
  );
  return row;
}
