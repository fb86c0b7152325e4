import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../model/config.ts';
import { toDrillError } from '../model/errors.ts';
import { PROOF_FORMAT, scoreOf, type LastProof, type Proof } from '../model/proof.ts';
import { openArchiveStore, openLocalStore, type ArchiveStore } from './archive-store.ts';
import { projectRoot, resultsFolder } from '../support/project-root.ts';

const PROOF = 'proof.json';

/** What checks and judges, and what the checks are proven with. */
const CHECKING = [
  'drills',
  'fixtures',
  'k6',
  'lab/meddling',
  'lab/sabotages',
  'src/engine',
  'src/model',
  'src/providers',
  'src/steps',
  'src/support',
];

/** SHA-256 over path and content of every file that checks or judges, in hex. */
export async function digestOfChecks(root = projectRoot): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(CHECKING.map((folder) => filesIn(root, folder)))).flat().toSorted()) {
    const content = await readFile(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * The newest proof that this clone or the archive has. An archive that cannot be read is complained about and left
 * out; closing the run needs it too, and says more.
 */
export async function readLastProof(
  { archive }: Pick<Config, 'archive'>,
  complain: (line: string) => void,
): Promise<LastProof | null> {
  await using local = openLocalStore(resultsFolder);
  const archived = async () => {
    await using store = await openArchiveStore(archive);
    return store && (await readProof(store));
  };
  const elsewhere = await archived().catch((error: unknown) => {
    complain(`the archive was not asked for the last proof: ${toDrillError(error).message}`);
    return undefined;
  });
  const last = newest([await readProof(local), elsewhere]);
  return last ? { ...last, outdated: last.checksDigest !== (await digestOfChecks()) } : null;
}

/**
 * Keeps a proof where the runs of this clone find it. One of a part of the catalogue does not take the place of one of
 * more of it with the same checks, unless something survived.
 */
export async function keepProof(proof: Proof): Promise<void> {
  await using local = openLocalStore(resultsFolder);
  const known = await readProof(local);
  const knowsMore = known?.checksDigest === proof.checksDigest && scoreOf(known).total > scoreOf(proof).total;
  if (!knowsMore || proof.survivors.length > 0) await putProof(local, proof);
}

/** Takes the proof of this clone to the archive, for machines that never prove anything, unless it has a newer one. */
export async function publishProof(local: ArchiveStore, archive: ArchiveStore): Promise<void> {
  const [own, archived] = [await readProof(local), await readProof(archive)];
  if (own && own.at > (archived?.at ?? '')) await putProof(archive, own);
}

async function putProof({ writer }: ArchiveStore, proof: Proof): Promise<void> {
  const text = `${JSON.stringify(proof, undefined, 2)}\n`;
  await writer.put(PROOF, Buffer.from(text), { contentType: 'application/json', replace: true });
}

/** Undefined when there is none, or none that we can read: that proves nothing. */
async function readProof(store: ArchiveStore): Promise<Proof | undefined> {
  try {
    const proof = JSON.parse((await store.read(PROOF)) ?? 'null') as Proof | null;
    return proof?.format === PROOF_FORMAT ? proof : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function newest(proofs: readonly (Proof | undefined)[]): Proof | undefined {
  return proofs.filter((proof) => proof !== undefined).toSorted((a, b) => b.at.localeCompare(a.at))[0];
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}
