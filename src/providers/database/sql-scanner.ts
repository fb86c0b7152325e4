/** One object of a dump, as SQL: what stands between two of pg_dump's "-- Name: …" headers. */
export interface SqlEntry {
  readonly name: string;
  /** pg_dump's word for it: "TABLE", "INDEX", "MATERIALIZED VIEW DATA". Empty before the first header. */
  readonly type: string;
  readonly schema: string;
  /** Only in what `pg_restore --verbose` writes. */
  readonly dumpId: number | undefined;
  readonly dependencies: readonly number[];
  sql: string;
}

/** What a dump as SQL turned out to hold, once it was read to its end. */
export interface ScannedSql {
  /** Rows in each COPY block, by qualified table name: `public.posts`. */
  readonly rows: Map<string, number>;
  /** Tables that are filled by INSERT: their rows cannot be counted without a server. */
  readonly uncounted: Set<string>;
  /** All but data, in order. */
  readonly entries: SqlEntry[];
  /** The COPY block that the dump ended in. */
  openTable: string | undefined;
  startsLikeDump: boolean;
  /** pg_dump's last line was there: nothing is cut off. */
  isComplete: boolean;
}

export interface SqlVisitor {
  /** An object's SQL is complete. Called before anything that follows it. */
  entry?(entry: SqlEntry): void;
  /** Bytes that are data: whole lines of COPY blocks with their first and last line, or INSERT statements. */
  data?(bytes: Buffer, table: string): void;
}

const NEWLINE = 0x0a;
const HEADER = /^-- (?:Data for )?Name: (.*); Type: (.*); Schema: (.*); Owner: ?(.*)$/;
const TOC_ENTRY = /^-- TOC entry (\d+) \(/;
const DEPENDENCIES = /^-- Dependencies: ([\d ]+)$/;
/** Without a repetition inside another: damaged lines of any length are matched against it. */
const IDENTIFIER = /(?:"[^"]*"|[^\s"])+/.source;
const COPY = new RegExp(`^COPY (${IDENTIFIER}) +(?:\\(.*\\) )?FROM stdin;$`);

/**
 * Reads what pg_dump and `pg_restore --file=-` write, line by line, without a server. It leans on the comments that
 * both put before each object, so that text inside data or function bodies is not taken for statements.
 */
export function createSqlScanner(visitor: SqlVisitor = {}) {
  const scanned: ScannedSql = {
    rows: new Map(),
    uncounted: new Set(),
    entries: [],
    openTable: undefined,
    startsLikeDump: false,
    isComplete: false,
  };
  /** The beginning of a line whose end is still to come. Joined once: a row may be as long as many chunks. */
  let carry: Buffer[] = [];
  let entry: SqlEntry = newEntry();
  let pending: { dumpId?: number; dependencies?: number[] } = {};
  let table = '';
  let rows = 0;

  return { scanned, push, end };

  function push(chunk: Buffer): void {
    if (carry.length === 0) return readLines(chunk);
    const lineEnd = chunk.indexOf(NEWLINE) + 1;
    if (lineEnd === 0) return void carry.push(chunk);
    const line = Buffer.concat([...carry, chunk.subarray(0, lineEnd)]);
    carry = [];
    readLines(line);
    readLines(chunk.subarray(lineEnd));
  }

  /** Keeps what comes after the last line. */
  function readLines(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (scanned.openTable !== undefined) {
        const stop = readRows(bytes, at);
        if (stop === at) break;
        visitor.data?.(bytes.subarray(at, stop), table);
        at = stop;
        continue;
      }
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline === -1) break;
      readLine(bytes.subarray(at, newline + 1));
      at = newline + 1;
    }
    if (at < bytes.length) carry = [bytes.subarray(at)];
  }

  /** Call once at the end of the input. */
  function end(): ScannedSql {
    if (carry.length > 0 && scanned.openTable === undefined)
      readLine(Buffer.concat([...carry, Buffer.from('\n')]));
    flush();
    return scanned;
  }

  /** Counts whole rows from `at`; gives the place after the last one, which may be the end of the block. */
  function readRows(bytes: Buffer, at: number): number {
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline === -1) return at;
      const isEnd = newline === at + 2 && bytes[at] === 0x5c && bytes[at + 1] === 0x2e;
      at = newline + 1;
      if (isEnd) {
        scanned.rows.set(table, (scanned.rows.get(table) ?? 0) + rows);
        scanned.openTable = undefined;
        return at;
      }
      rows++;
    }
  }

  function readLine(bytes: Buffer): void {
    const first = bytes[0];
    if (entry.type === 'TABLE DATA') {
      if (first === 0x43 /* C */ && startCopy(bytes)) return;
      if (first === 0x49 /* I */) scanned.uncounted.add(tableOf(entry));
      if (first !== 0x2d /* - */) {
        if (bytes.length > 1) visitor.data?.(bytes, tableOf(entry));
        return;
      }
    }
    const line = bytes.toString('utf8', 0, bytes.length - 1);
    if (first === 0x2d && readComment(line)) return;
    entry.sql += `${line}\n`;
  }

  function startCopy(bytes: Buffer): boolean {
    const name = COPY.exec(bytes.toString('utf8', 0, bytes.length - 1))?.[1];
    if (name === undefined) return false;
    table = unquote(name);
    scanned.openTable = table;
    rows = 0;
    visitor.data?.(bytes, table);
    return true;
  }

  function readComment(line: string): boolean {
    const toc = TOC_ENTRY.exec(line);
    if (toc) {
      flush();
      pending = { dumpId: Number(toc[1]) };
      return true;
    }
    const dependencies = DEPENDENCIES.exec(line);
    if (dependencies) {
      pending.dependencies = (dependencies[1] ?? '').trim().split(' ').map(Number);
      return true;
    }
    const header = HEADER.exec(line);
    if (header) {
      flush();
      entry = newEntry(header[1], header[2], header[3], pending);
      pending = {};
      return true;
    }
    if (line === '-- PostgreSQL database dump') scanned.startsLikeDump = true;
    if (line === '-- PostgreSQL database dump complete') {
      flush();
      scanned.isComplete = true;
      return true;
    }
    return false;
  }

  function flush(): void {
    // The rules and blank lines around the next object's header.
    if (entry.type !== '') entry.sql = entry.sql.replace(/^(?:--.*\n|\n)+/, '');
    entry.sql = entry.sql.replace(/(?:^|\n)(?:(?:--)?\n)*$/, '\n').trimStart();
    if (entry.type !== 'TABLE DATA' && (entry.type !== '' || entry.sql !== '')) {
      scanned.entries.push(entry);
      visitor.entry?.(entry);
    }
    entry = newEntry();
  }
}

function newEntry(
  name = '',
  type = '',
  schema = '',
  { dumpId, dependencies = [] }: { dumpId?: number; dependencies?: number[] } = {},
): SqlEntry {
  return { name, type, schema, dumpId, dependencies, sql: '' };
}

const tableOf = ({ schema, name }: SqlEntry): string => `${schema}.${name}`;

function unquote(name: string): string {
  return name.replaceAll(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"'));
}
