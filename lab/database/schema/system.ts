import type { TableGroup } from './notation.ts';

/** The server's own memory: keys, licences, jobs, configuration and migrations. */
export const systemTables: TableGroup = {
  systems: {
    columns: `name 64, value 1024`,
    key: 'name',
  },
  licenses: {
    columns: `id 26, createat bigint, bytes 10000`,
    key: 'id',
  },
  jobs: {
    columns: `
      id 26, type 32, priority bigint, createat bigint, startat bigint, lastactivityat bigint, status 32,
      progress bigint, data jsonb`,
    key: 'id',
    indexes: {
      idx_jobs_status_type: 'status, type',
      idx_jobs_type: 'type',
    },
  },
  configurations: {
    columns: `id 26, value text!, createat bigint!, active bool, sha char64=''`,
    key: 'id',
    unique: ['active'],
  },
  configurationfiles: {
    columns: `name 64, data text!, createat bigint!, updateat bigint!`,
    key: 'name',
  },
  db_migrations: {
    columns: `version bigint, name varchar!`,
    key: 'version',
  },
  db_config_migrations: {
    columns: `version bigint, name varchar!`,
    key: 'version',
  },
};
