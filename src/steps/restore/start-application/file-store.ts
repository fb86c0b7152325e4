import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import { readCredentials } from '../../backups/open-stores.ts';
import { scratchBucket } from '../scratch-bucket.ts';

/** Where the restored site reads and writes files, as Mattermost's FileSettings. Holds secrets. */
export async function fileStoreEnvironment(
  ctx: Pick<StepContext, 'get' | 'config' | 'secret'>,
): Promise<Readonly<Record<string, string>>> {
  const files = ctx.get('files');
  if (files.kind === 'folder') {
    return {
      MM_FILESETTINGS_DRIVERNAME: 'local',
      MM_FILESETTINGS_DIRECTORY: `${files.directory.replace(/\/$/, '')}/`,
    };
  }
  // The operator mounts the volume where it will, and says so.
  if (files.kind === 'volume') return {};
  const bucket = scratchBucket(ctx.config);
  if (bucket === undefined)
    throw new DrillError(
      'CONFIG_INVALID',
      'the files were restored to a bucket that the config no longer names',
      {
        hint: 'Put scratch.files back as it was when the run began.',
      },
    );
  const { accessKeyId = '', secretAccessKey = '' } = await readCredentials(ctx, bucket);
  // The server finds the region's own endpoint from the general one; without keys it asks the machine's role.
  const endpoint = new URL(bucket.endpoint ?? 'https://s3.amazonaws.com');
  return {
    MM_FILESETTINGS_DRIVERNAME: 'amazons3',
    MM_FILESETTINGS_AMAZONS3BUCKET: bucket.bucket,
    MM_FILESETTINGS_AMAZONS3PATHPREFIX: files.prefix.replace(/\/$/, ''),
    MM_FILESETTINGS_AMAZONS3REGION: bucket.region,
    MM_FILESETTINGS_AMAZONS3ENDPOINT: endpoint.host,
    MM_FILESETTINGS_AMAZONS3SSL: String(endpoint.protocol === 'https:'),
    MM_FILESETTINGS_AMAZONS3SIGNV2: 'false',
    MM_FILESETTINGS_AMAZONS3SSE: 'false',
    MM_FILESETTINGS_AMAZONS3TRACE: 'false',
    MM_FILESETTINGS_AMAZONS3ACCESSKEYID: accessKeyId,
    MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY: secretAccessKey,
  };
}
