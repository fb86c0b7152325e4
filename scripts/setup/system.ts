import { readFileSync } from 'node:fs';

export type Distribution = 'debian' | 'ubuntu' | 'other';

export interface System {
  readonly distribution: Distribution;
  readonly root: boolean;
}

export function readSystem(): System {
  return { distribution: readDistribution(), root: isRoot() };
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** os-release(5): Debian and Ubuntu, and what is made from them. */
function readDistribution(): Distribution {
  let text = '';
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return 'other';
  }
  const ids = [...text.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) =>
    (match[1] ?? '').split(' '),
  );
  if (ids.includes('ubuntu')) return 'ubuntu';
  return ids.includes('debian') ? 'debian' : 'other';
}
