import { ApiError } from './api-error.ts';

export interface Part {
  readonly name: string;
  readonly fileName?: string;
  readonly content: Buffer;
}

/** The parts of a multipart/form-data body (RFC 7578). */
export function parseMultipart(body: Buffer, contentType: string): Part[] {
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1];
  if (!boundary)
    throw new ApiError(
      400,
      'api.file.upload_file.multiple_channel_ids.app_error',
      'The multipart boundary is missing.',
    );
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length + 2;
    const next = body.indexOf(delimiter, start);
    if (next < 0) break;
    const headEnd = body.indexOf('\r\n\r\n', start);
    if (headEnd >= 0 && headEnd < next) {
      const head = body.toString('utf8', start, headEnd);
      const name = /[;\s]name="([^"]*)"/i.exec(head)?.[1] ?? '';
      const fileName = /filename="([^"]*)"/i.exec(head)?.[1];
      parts.push({
        name,
        content: body.subarray(headEnd + 4, next - 2),
        ...(fileName !== undefined && { fileName }),
      });
    }
    at = next;
  }
  return parts;
}
