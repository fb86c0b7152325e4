import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../src/model/config.ts';
import type { LabGround } from './sabotage.ts';

/** A user as the identity team's export lists it. */
interface ExportRow {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly name: string;
  readonly active: boolean;
}

/** The config with another export, as the identity team would hand it out if the provider were so. */
export async function withExport(
  config: Config,
  { workFolder }: LabGround,
  change: (rows: readonly ExportRow[]) => readonly ExportRow[],
): Promise<Config> {
  const { identity } = config;
  const rows = JSON.parse(await readFile(identity.secondary.export ?? '', 'utf8')) as readonly ExportRow[];
  const file = path.join(workFolder, 'users.json');
  await writeFile(file, JSON.stringify(change(rows)));
  return { ...config, identity: { ...identity, secondary: { ...identity.secondary, export: file } } };
}

/** The first who may sign in, changed: nobody in the lab is special but by name. */
export function changeFirst(
  rows: readonly ExportRow[],
  change: (row: ExportRow) => readonly ExportRow[],
): readonly ExportRow[] {
  const first = rows.findIndex(({ active }) => active);
  return rows.flatMap((row, index) => (index === first ? change(row) : [row]));
}
