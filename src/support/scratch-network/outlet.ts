import { parseArgs } from 'node:util';
import { openConnectProxy } from '../connect-proxy.ts';
import { parseEndpoint } from '../endpoint.ts';

/**
 * The one way out of a scratch, outside of it: forwards to declared destinations and nowhere else, and writes down
 * both. `node outlet.ts --listen PATH|ADDRESS --log FILE [--port N] [--allow HOST:PORT …] [--resolver ADDRESS:PORT …]`
 */
const text = { type: 'string' } as const;
const many = { ...text, multiple: true } as const;
const { values } = parseArgs({
  options: { listen: text, port: text, log: text, allow: many, resolver: many },
});
const { listen, port, log, allow = [], resolver = [] } = values;
if (!listen || !log) {
  console.error('outlet: --listen PATH or ADDRESS and --log FILE are needed');
  process.exit(64);
}
await openConnectProxy({
  listen,
  ...(port !== undefined && { port: Number(port) }),
  logFile: log,
  allow,
  resolvers: resolver.map(parseEndpoint),
  askSystem: true,
});
console.log(`outlet: on ${listen}; open: ${allow.join(', ') || 'nothing'}`);
