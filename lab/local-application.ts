import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findFreePort } from '../src/support/ports.ts';
import { startProcess } from '../src/support/processes.ts';
import type { ApplicationStart, StartedApplication } from './primary-site.ts';
import type { LabUnderway } from './underway.ts';

/** The stand-in as a process on this machine, and TLS in front of it. */
export async function startLocalApplication(
  lab: LabUnderway,
  { environment, dataSource, files, tls, authority, directory }: ApplicationStart,
): Promise<StartedApplication> {
  const port = await findFreePort();
  const logFile = path.join(directory, 'application.log');
  const application = await startProcess({
    command: process.execPath,
    args: [path.join(import.meta.dirname, 'application/main.ts')],
    env: {
      ...environment,
      MM_CONFIG: dataSource,
      MM_SQLSETTINGS_DATASOURCE: dataSource,
      NODE_EXTRA_CA_CERTS: authority.certFile,
      MM_SERVICESETTINGS_LISTENADDRESS: `127.0.0.1:${port}`,
      MM_FILESETTINGS_DRIVERNAME: 'local',
      MM_FILESETTINGS_DIRECTORY: files,
    },
    logFile,
    detached: lab.stay,
  });
  await lab.note("primary site's application (stand-in)", application, {
    primary: true,
    endpoint: `http://127.0.0.1:${port}`,
  });
  const front = await startProcess({
    command: process.execPath,
    args: [
      path.join(import.meta.dirname, '../src/support/tls-front.ts'),
      ...['--listen', `${lab.addresses.primary}:${lab.sitePort}`, '--upstream', `127.0.0.1:${port}`],
      ...['--cert', tls.certFile, '--key', tls.keyFile],
    ],
    logFile: path.join(directory, 'tls-front.log'),
    detached: lab.stay,
  });
  await lab.note("primary site's TLS front", front, { primary: true, endpoint: lab.siteUrl });
  return {
    log: async () => (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-3).join(' | '),
  };
}
