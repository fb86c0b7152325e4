import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DrillError } from '../../model/errors.ts';

/** A user as the identity provider's own export lists it. */
export interface ExportedUser {
  /** What the provider sends to Mattermost as the id: `users.authdata`. */
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly name: string;
  readonly active: boolean;
}

/**
 * Reads an export of users: a JSON list of objects, or CSV with a header line. Both have the fields id, username,
 * email, name and active (optional, true without it); others are ignored. Rejects with CONFIG_INVALID, naming the
 * entry and the field.
 */
export async function readIdentityExport(file: string): Promise<readonly ExportedUser[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid(file, 'it cannot be read', cause);
  });
  const extension = path.extname(file).toLowerCase();
  const users =
    extension === '.csv' ? readCsv(file, text) : extension === '.json' ? readJson(file, text) : undefined;
  if (!users) throw invalid(file, `its name must end in .json or .csv (got "${extension || 'no ending'}")`);
  if (users.length === 0) throw invalid(file, 'it lists nobody');
  refuseDuplicates(file, users);
  return users;
}

interface Located extends ExportedUser {
  /** "line 4" or "entry 3". */
  readonly where: string;
}

function readJson(file: string, text: string): readonly Located[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, 'it is not JSON', cause);
  }
  if (!Array.isArray(rows)) throw invalid(file, 'it must be a list of users');
  return rows.map((row: unknown, index) => {
    const where = `entry ${index + 1}`;
    if (typeof row !== 'object' || row === null) throw invalid(file, `${where} must be an object`);
    return parseUser(file, where, row as Record<string, unknown>);
  });
}

function readCsv(file: string, text: string): readonly Located[] {
  const [header, ...rows] = parseCsv(file, text);
  if (!header) throw invalid(file, 'it is empty');
  const columns = header.cells.map((cell) => cell.trim().toLowerCase());
  for (const column of REQUIRED) {
    if (!columns.includes(column))
      throw invalid(file, `line 1 has no column "${column}" (got ${columns.join(', ')})`);
  }
  return rows.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      throw invalid(file, `line ${line} has ${cells.length} fields, and the header has ${columns.length}`);
    }
    return parseUser(
      file,
      `line ${line}`,
      Object.fromEntries(columns.map((column, i) => [column, cells[i]])),
    );
  });
}

const REQUIRED = ['id', 'username', 'email'] as const;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

function parseUser(file: string, where: string, row: Readonly<Record<string, unknown>>): Located {
  const read = (field: string): string => {
    const value = row[field];
    if (typeof value === 'string') return value.trim();
    if (field === 'id' && typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    if (value === undefined || value === null) return '';
    throw invalid(file, `${where}: "${field}" must be text (got ${JSON.stringify(value)})`);
  };
  for (const field of REQUIRED) {
    if (read(field) === '') throw invalid(file, `${where}: "${field}" is missing`);
  }
  const active = row['active'] ?? true;
  const parsed = BOOLEANS[String(active).trim().toLowerCase()];
  if (parsed === undefined)
    throw invalid(file, `${where}: "active" must be true or false (got ${JSON.stringify(active)})`);
  return {
    where,
    id: read('id'),
    username: read('username'),
    email: read('email'),
    name: read('name'),
    active: parsed,
  };
}

interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** RFC 4180: commas, quotes doubled inside quotes, line breaks allowed inside quotes. Empty lines are skipped. */
function parseCsv(file: string, text: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let first = 1;
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  const content = text.replace(/^\uFEFF/, '');
  while (token.lastIndex < content.length) {
    const found = token.exec(content);
    if (!found) throw invalid(file, `line ${line}: a quote is not closed, or stands inside a field`);
    const [whole, quoted, plain = '', end] = found;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',' && token.lastIndex < content.length) continue;
    if (end === ',') cells.push('');
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: first, cells });
    [cells, first] = [[], line];
  }
  return rows;
}

function refuseDuplicates(file: string, users: readonly Located[]): void {
  const seen = new Map<string, string>();
  for (const { id, where } of users) {
    const before = seen.get(id);
    if (before !== undefined) throw invalid(file, `${where}: "id" ${id} is also that of ${before}`);
    seen.set(id, where);
  }
}

function invalid(file: string, what: string, cause?: unknown): DrillError {
  return new DrillError('CONFIG_INVALID', `the export of users ${file} can't be used: ${what}`, {
    cause,
    hint: 'Export id, username, email, name and active of every user from the secondary identity provider.',
  });
}
