import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { fileNotFound } from './http/api-error.ts';
import type { Settings } from './settings-defaults.ts';

/** Where file contents are: a folder or an S3 bucket, by FileSettings.DriverName. */
export interface FileStore {
  read(path: string): Promise<Buffer>;
  write(path: string, content: Buffer): Promise<void>;
  /** Whether the store can be used now; the official server writes a test file to find out. */
  isHealthy(): Promise<boolean>;
}

export async function openFileStore(settings: Settings['FileSettings']): Promise<FileStore> {
  if (settings.DriverName === 'local') return openFolder(settings.Directory);
  if (settings.DriverName === 'amazons3') return (await import('./file-store-s3.ts')).openBucket(settings);
  throw new Error(`FileSettings.DriverName is "${settings.DriverName}"; 11.6 knows local and amazons3`);
}

function openFolder(directory: string): FileStore {
  const root = resolve(directory);
  const locate = (path: string): string => {
    const full = resolve(root, path);
    if (!full.startsWith(root + sep)) throw fileNotFound();
    return full;
  };
  return {
    async read(path) {
      try {
        return await readFile(locate(path));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw fileNotFound();
        throw error;
      }
    },
    async write(path, content) {
      await mkdir(dirname(locate(path)), { recursive: true });
      await writeFile(locate(path), content);
    },
    async isHealthy() {
      try {
        await mkdir(root, { recursive: true });
        await writeFile(resolve(root, 'testfile'), 'testingwrite');
        await rm(resolve(root, 'testfile'), { force: true });
        return true;
      } catch {
        return false;
      }
    },
  };
}
