import { shiftClock } from '../shift-clock.ts';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IdentityProcessConfig } from './config.ts';
import { createIdentityServer } from './server.ts';

/** `node main.ts CONFIG`: an identity provider until SIGTERM. */
const [configFile] = process.argv.slice(2);
if (configFile === undefined) {
  console.error('identity: the path of its configuration is needed');
  process.exit(64);
}
const config = JSON.parse(await readFile(configFile, 'utf8')) as IdentityProcessConfig;
const { clockAhead } = config;
if (clockAhead !== undefined) shiftClock(() => clockAhead);
const server = await createIdentityServer(config);
server.listen(config.port, config.address);
await once(server, 'listening');
console.log(`identity: ${config.name} is ${config.issuer} on ${config.address}:${config.port}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
