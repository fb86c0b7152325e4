import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import { DrillError, type Details } from '../model/errors.ts';

/** An object as the API server gave it. Only what every kind has is named; the rest is read with care. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
  };
  readonly [field: string]: unknown;
}

export interface Tarball {
  /** Of Velero's layout, "1.1.0". */
  readonly formatVersion: string;
  readonly objects: readonly KubernetesObject[];
  /** What the API calls the objects of a kind: `apps/v1/Deployment` → `deployments.apps`. */
  readonly resources: Readonly<Record<string, string>>;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Reads a backup's tarball to its very end: gzip's checksum, every tar header, the end-of-archive marker and
 * the JSON of every object. Rejects with BACKUP_UNREADABLE that says where it broke; what the stream itself
 * fails with goes through unchanged.
 *
 * Layout: https://velero.io/docs/v1.18/output-file-format/
 */
export async function readTarball(body: Readable, name: string): Promise<Tarball> {
  const hash = createHash('sha256');
  const seen = { packed: 0, unpacked: 0, formatVersion: '' };
  const objects = new Map<string, KubernetesObject>();
  const resources: Record<string, string> = {};

  const gunzip = createGunzip();
  const feeding = feed();
  feeding.catch(() => {});
  const entries = readEntries(name, seen, (path, content) => {
    if (path === 'metadata/version') seen.formatVersion = content.toString('utf8').trim();
    if (!path.startsWith('resources/') || !path.endsWith('.json')) return;
    const object = parseObject(content, path, name);
    // Each object is there twice: by resource, and again by resource and preferred version.
    objects.set(titleOf(object), object);
    resources[`${object.apiVersion}/${object.kind}`] ??= path.split('/')[1] ?? '';
  });
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      seen.unpacked += chunk.length;
      await entries.write(chunk);
    }
    await feeding;
    await entries.end();
  } catch (cause) {
    await feeding;
    throw cause instanceof DrillError ? cause : unpackError(cause, name, seen);
  } finally {
    body.destroy();
    gunzip.destroy();
  }
  if (seen.formatVersion === '')
    throw damaged(`${name} does not say which format it has (metadata/version is missing)`);
  return {
    formatVersion: seen.formatVersion,
    objects: [...objects.values()],
    resources,
    size: seen.packed,
    sha256: hash.digest('hex'),
  };

  /** By hand, so that a store that fails is told apart from a tarball that is broken. */
  async function feed(): Promise<void> {
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        hash.update(chunk);
        seen.packed += chunk.length;
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain'), once(gunzip, 'close')]);
      }
      gunzip.end();
    } catch (cause) {
      if (gunzip.destroyed) return;
      gunzip.destroy(cause instanceof Error ? cause : new Error(String(cause)));
      throw cause;
    }
  }
}

/** `apps/v1/Deployment mattermost/chat`: one object among all of a tarball. */
export function titleOf(object: KubernetesObject): string {
  return `${object.apiVersion}/${object.kind} ${fullName(object)}`;
}

/** "mattermost/chat", or "mattermost" for what has no namespace: as Velero's resource list names it. */
export function fullName({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function damaged(message: string, details: Details = {}, cause?: unknown): DrillError {
  return new DrillError('BACKUP_UNREADABLE', message, {
    details,
    cause,
    hint: 'Velero shows such a backup as Completed. Look at an older version of the object in the bucket, or take an older backup.',
  });
}

interface Entries {
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}

function readEntries(
  name: string,
  seen: { readonly unpacked: number },
  visit: (path: string, content: Buffer) => void,
): Entries {
  const visits: Promise<void>[] = [];
  let failure: unknown;
  let hasEnd = false;
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const visited = entry.concat().then((content) => visit(entry.path, content as Buffer));
      visited.catch((cause: unknown) => (failure ??= cause));
      visits.push(visited);
    },
  });
  parser.on('error', (cause: unknown) => (failure ??= cause));
  parser.on('eof', () => (hasEnd = true));
  return {
    async write(chunk) {
      throwFailure();
      parser.write(chunk);
      throwFailure();
    },
    async end() {
      parser.end();
      throwFailure();
      await Promise.all(visits);
      if (!hasEnd)
        throw damaged(`${name} stops without tar's end marker after ${seen.unpacked} unpacked bytes`);
    },
  };

  function throwFailure(): void {
    if (failure === undefined) return;
    if (failure instanceof DrillError) throw failure;
    const what = (failure instanceof Error ? failure.message : String(failure)).replace(/^TAR_\w+: /, '');
    throw damaged(
      `${name} is not a whole tar archive near unpacked byte ${seen.unpacked}: ${what}`,
      {},
      failure,
    );
  }
}

function unpackError(
  cause: unknown,
  name: string,
  { packed, unpacked }: { packed: number; unpacked: number },
): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return cause;
  const details = { bytes: packed, unpacked };
  if (packed === 0) return damaged(`${name} is empty`, details, cause);
  if (code === 'Z_BUF_ERROR')
    return damaged(`${name} is truncated: it ends after ${packed} bytes in the middle`, details, cause);
  const what = cause instanceof Error ? cause.message : '';
  if (unpacked === 0 && what === 'incorrect header check')
    return damaged(`${name} is not a gzip file`, details, cause);
  return damaged(`${name} is garbled after ${unpacked} unpacked bytes: ${what}`, details, cause);
}

function parseObject(content: Buffer, path: string, name: string): KubernetesObject {
  try {
    const object: unknown = JSON.parse(content.toString('utf8'));
    if (isObject(object)) return object;
  } catch (cause) {
    // The parser's message quotes the text, which may be a secret.
    throw damaged(
      `${path} in ${name} is not JSON`,
      { bytes: content.length },
      cause instanceof SyntaxError ? undefined : cause,
    );
  }
  throw damaged(`${path} in ${name} is not a Kubernetes object`);
}

function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<KubernetesObject>;
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string';
}
