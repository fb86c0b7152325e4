import { readFile } from 'node:fs/promises';
import type { SecretRef } from '../model/config.ts';
import { DrillError } from '../model/errors.ts';

/** The value that a reference stands for. Rejects with SECRET_MISSING, which names the place and never a value. */
export async function resolveSecret(ref: SecretRef): Promise<string> {
  if ('env' in ref) {
    const value = process.env[ref.env];
    if (value) return value;
    throw new DrillError(
      'SECRET_MISSING',
      `environment variable ${ref.env} is not set, and the config takes a secret from it`,
      {
        hint: `Set ${ref.env} for this run, or point the config at a file with { file: PATH }.`,
      },
    );
  }
  const text = await readFile(ref.file, 'utf8').catch((cause: unknown) => {
    throw new DrillError('SECRET_MISSING', `cannot read ${ref.file}, and the config takes a secret from it`, {
      cause,
      hint: 'Check that the file is there and readable by this user.',
    });
  });
  const value = text.replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new DrillError('SECRET_MISSING', `${ref.file} is empty, and the config takes a secret from it`, {
    hint: 'Write the secret into it, on one line.',
  });
}

/**
 * The values of every reference in a config that a drill needs; it signs nothing and takes no baseline. Rejects with SECRET_MISSING, before
 * anything is started, when some lead nowhere: all of them at once.
 */
export async function requireSecrets(config: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const needed = { ...config, signing: undefined, baseline: undefined };
  const refs = new Map(findSecretRefs(needed).map((ref) => [JSON.stringify(ref), ref]));
  const results = await Promise.allSettled([...refs.values()].map(resolveSecret));
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const [first] = failures;
  if (failures.length === 0)
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (failures.length === 1 || !failures.every((failure) => failure instanceof DrillError)) throw first;
  throw new DrillError(
    'SECRET_MISSING',
    `${failures.length} secrets that the config refers to cannot be had`,
    {
      details: Object.fromEntries(failures.map(({ message }, index) => [String(index + 1), message])),
      hint: 'Set these variables for this run, and check that the files are there and readable by this user.',
    },
  );
}

/** Every reference in a config, so that a run can fail before it starts when one leads nowhere. */
function findSecretRefs(value: unknown): SecretRef[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(findSecretRefs);
  const keys = Object.keys(value);
  if (
    keys.length === 1 &&
    (keys[0] === 'env' || keys[0] === 'file') &&
    typeof Object.values(value)[0] === 'string'
  ) {
    return [value as SecretRef];
  }
  return Object.values(value).flatMap(findSecretRefs);
}
