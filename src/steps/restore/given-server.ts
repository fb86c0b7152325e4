import type { StepContext } from '../../model/drill.ts';
import type { GivenServer } from '../../providers/database/scratch-database.ts';

/** The server that the scratch database is made on; undefined when the scratch has a cluster of its own. */
export async function givenServer({
  config,
  secret,
}: Pick<StepContext, 'config' | 'secret'>): Promise<GivenServer | undefined> {
  const { database } = config.scratch;
  if (database.kind === 'cluster') return undefined;
  const { host, port, user, name, sslRootCert } = database;
  return { host, port, user, name, sslRootCert, password: await secret(database.password) };
}
