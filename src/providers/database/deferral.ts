import type { SqlEntry } from './sql-scanner.ts';

/** A statement that users can do without at first. */
export interface DeferredStatement {
  /** `index`: on a table; `view`: filling a materialised view, or an index on one; `other`: what depends on either. */
  readonly kind: 'index' | 'view' | 'other';
  readonly name: string;
  /** The table that an index is on, qualified. */
  readonly table: string | null;
  readonly sql: string;
}

/** What the dump says should be there in the end, and what of it is still to be made. */
export interface RestorePlan {
  /** Every index, those of keys included, qualified. */
  readonly indexes: readonly string[];
  readonly materializedViews: readonly string[];
  readonly deferred: readonly DeferredStatement[];
}

const INDEX = /^CREATE (?:UNIQUE )?INDEX (\S+) ON (?:ONLY )?(\S+) USING (\w+)/m;
const KEY = /ADD CONSTRAINT (\S+) (?:PRIMARY KEY|UNIQUE|EXCLUDE)\b/;

/**
 * Tells, object by object in the order of the dump, what a site can be served without: GIN indexes (full-text search,
 * three quarters of a restore's time), the contents of materialised views, and what hangs on those. By what a
 * statement does, never by its name. Materialised views that come later than the indexes on them are given as `views`.
 */
export function createDeferral(views: Iterable<string> = []) {
  const indexes: string[] = [];
  const materializedViews = new Set(views);
  const deferred: DeferredStatement[] = [];
  const deferredIds = new Set<number>();
  const deferredNames = new Set<string>();

  return {
    /** Whether this one can wait. Ask once for each object. */
    defers(entry: SqlEntry): boolean {
      const statement = judge(entry);
      if (statement === undefined) return false;
      deferred.push(statement);
      if (entry.dumpId !== undefined) deferredIds.add(entry.dumpId);
      deferredNames.add(entry.name);
      return true;
    },
    plan: (): RestorePlan => ({ indexes, materializedViews: [...materializedViews], deferred }),
  };

  function judge(entry: SqlEntry): DeferredStatement | undefined {
    const { name, type, schema, sql } = entry;
    const waits = (kind: DeferredStatement['kind'], table: string | null = null) => ({
      kind,
      name: `${schema}.${name}`,
      table,
      sql: withoutSettings(sql),
    });
    if (type === 'MATERIALIZED VIEW' || type === 'MATERIALIZED VIEW DATA') {
      materializedViews.add(`${schema}.${name}`);
      return type === 'MATERIALIZED VIEW DATA' ? waits('view') : undefined;
    }
    const [, index, table = '', method] = INDEX.exec(sql) ?? [];
    if (type === 'INDEX' && index !== undefined) {
      indexes.push(`${schema}.${unquote(index)}`);
      if (materializedViews.has(unquote(table))) return waits('view', unquote(table));
      return method === 'gin' ? waits('index', unquote(table)) : undefined;
    }
    const key = KEY.exec(sql)?.[1];
    if (type === 'CONSTRAINT' && key !== undefined) indexes.push(`${schema}.${unquote(key)}`);
    const hangsOnDeferred =
      entry.dependencies.some((id) => deferredIds.has(id)) ||
      (type === 'COMMENT' && deferredNames.has(name.replace(/^INDEX /, '')));
    return hangsOnDeferred ? waits('other') : undefined;
  }
}

/** pg_dump sets session defaults between objects; each statement here runs in a session that has none. */
const withoutSettings = (sql: string): string => sql.replaceAll(/^SET \w+ = .*;\n/gm, '').trim();

const unquote = (name: string): string => name.replaceAll('"', '');
