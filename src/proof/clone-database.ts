import type { Cluster } from '../providers/database/cluster.ts';
import { quoteIdentifier, withClient, type Target } from '../providers/database/target.ts';
import type { OpenGround } from './ground.ts';

type Templates = Pick<OpenGround, 'cluster' | 'template'>;

/** A database of the ground's server, as its superuser. */
export function onServer(
  { address: host, port, superuser: user, superuserPassword: password }: Cluster,
  database = 'postgres',
): Target {
  return { host, port, user, password, database };
}

/** Copies the template's database, whose files the server copies whole: nobody may be connected to it. */
export async function cloneDatabase({ cluster, template }: Templates, name: string): Promise<void> {
  const [copy, original] = [name, template.database.name].map(quoteIdentifier);
  await withClient(onServer(cluster), (client) =>
    client.query(`create database ${copy} template ${original} strategy file_copy`),
  );
}

/** Whoever is connected to it is cut off. */
export async function dropDatabase({ cluster }: Pick<Templates, 'cluster'>, name: string): Promise<void> {
  await withClient(onServer(cluster), (client) =>
    client.query(`drop database if exists ${quoteIdentifier(name)} with (force)`),
  );
}
