import { requireMemberChannel, requireReadableChannel } from '../channels.ts';
import { requireFile, saveFile, type FileRow } from '../files.ts';
import { ApiError, forbidden, invalidUrlParameter } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { parseMultipart, type Part } from '../http/multipart.ts';
import type { Router } from '../http/router.ts';
import { isId } from '../ids.ts';
import { fileJson } from '../posts/post.ts';

export function addFileRoutes(router: Router): void {
  router
    .on('POST', '/api/v4/files', upload)
    .on('GET', '/api/v4/files/:file_id', download)
    .on('GET', '/api/v4/files/:file_id/info', async (call) => fileJson(await requireReadableFile(call)))
    .on('GET', '/api/v4/files/:file_id/thumbnail', (call) => sendVariant(call, 'thumbnailpath'))
    .on('GET', '/api/v4/files/:file_id/preview', (call) => sendVariant(call, 'previewpath'));
}

/** Raw, with `channel_id` and `filename` in the address, or multipart with `files` and `channel_id` in the form. */
async function upload(call: Call): Promise<void> {
  const { EnableFileAttachments, MaxFileSize } = call.app.settings.FileSettings;
  if (!EnableFileAttachments)
    throw new ApiError(
      403,
      'api.file.attachments.disabled.app_error',
      'File attachments have been disabled on this server.',
    );
  const bytes = await call.body(MaxFileSize + 64 * 1024);
  const type = call.header('content-type');
  const parts = type.startsWith('multipart/form-data') ? parseMultipart(bytes, type) : [];
  const field = (name: string): string | undefined =>
    parts.find((part) => part.name === name && !part.fileName)?.content.toString();
  const channelId = call.query.get('channel_id') ?? field('channel_id');
  if (!isId(channelId)) throw invalidUrlParameter('channel_id');
  await requireMemberChannel(call, channelId);
  const uploads =
    parts.length > 0
      ? parts.filter(isFile)
      : [{ fileName: call.query.get('filename') ?? '', content: bytes }];
  if (uploads.length === 0 || uploads.some(({ fileName }) => fileName === ''))
    throw invalidUrlParameter('filename');
  const saved: FileRow[] = [];
  for (const { fileName, content } of uploads) {
    if (content.length > MaxFileSize)
      throw new ApiError(413, 'api.file.upload_file.too_large_detailed.app_error', 'The file is too large.');
    saved.push(await saveFile(call.app, { userId: call.userId, channelId, name: fileName, content }));
  }
  const clientIds = parts
    .filter(({ name }) => name === 'client_ids')
    .map(({ content }) => content.toString());
  return call.created({
    file_infos: saved.map(fileJson),
    client_ids: clientIds.length > 0 ? clientIds : null,
  });
}

const isFile = (part: Part): part is Part & { fileName: string } =>
  part.name === 'files' && part.fileName !== undefined;

async function requireReadableFile(call: Call): Promise<FileRow> {
  const file = await requireFile(call.app, call.id('file_id'));
  if (file.postid === '') {
    if (file.creatorid !== call.userId && !call.isAdmin) throw forbidden();
    return file;
  }
  const row = await call.app.db.one<{ channelid: string }>('SELECT channelid FROM posts WHERE id = $1', [
    file.postid,
  ]);
  await requireReadableChannel(call, row?.channelid ?? file.channelid);
  return file;
}

async function download(call: Call): Promise<void> {
  const file = await requireReadableFile(call);
  // Only what cannot run as a script is shown in the browser itself.
  const isPicture = /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype);
  send(
    call,
    file,
    await call.app.files.read(file.path),
    file.mimetype,
    isPicture && !call.flag('download') ? 'inline' : 'attachment',
  );
}

async function sendVariant(call: Call, variant: 'thumbnailpath' | 'previewpath'): Promise<void> {
  const file = await requireReadableFile(call);
  if (file[variant] === '') {
    throw new ApiError(
      400,
      `api.file.get_file_${variant === 'previewpath' ? 'preview' : 'thumbnail'}.no_preview.app_error`,
      "File doesn't have a preview image.",
    );
  }
  // The official server calls every thumbnail and preview a JPEG, also those of PNG pictures.
  send(call, file, await call.app.files.read(file[variant]), 'image/jpeg', 'inline');
}

function send(
  call: Call,
  file: FileRow,
  bytes: Buffer,
  type: string,
  disposition: 'inline' | 'attachment',
): void {
  const plain = file.name.replaceAll(/[^\x20-\x7e]|["\\]/g, '_');
  call.res.writeHead(200, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Content-Disposition': `${disposition};filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'Cache-Control': 'private, max-age=86400',
    'Content-Security-Policy': "Frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
  });
  call.res.end(bytes);
}
