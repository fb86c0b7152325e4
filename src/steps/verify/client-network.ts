import { getServers } from 'node:dns';
import { mkdir, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import type { StepContext } from '../../model/drill.ts';
import {
  openConnectProxy,
  readProxyLog,
  type ProxiedConnection,
  type ProxyEvent,
} from '../../support/connect-proxy.ts';
import { parseEndpoint, type Endpoint } from '../../support/endpoint.ts';
import { createTrustStore, type TrustStore } from '../../support/trust-store.ts';

/** How clients reach the site: like users, by the resolvers of the config and the authorities they were given. */
export interface ClientNetwork extends AsyncDisposable {
  readonly proxyUrl: string;
  readonly trust: TrustStore;
  /** Those that are open now. */
  readonly connections: readonly ProxiedConnection[];
  /** All that became of connections up to now. */
  events(): Promise<readonly ProxyEvent[]>;
  /** Closes the proxy and tells where everybody went. */
  close(): Promise<readonly Route[]>;
}

/** A connection that a client asked for, and what became of it. */
export interface Route {
  readonly host: string;
  readonly port: number;
  /** Undefined when the proxy refused it: no resolver knew the name, or nobody answered there. */
  readonly address: string | undefined;
  /** Where nobody answered, though a resolver sent the client there. */
  readonly unreachable?: string | undefined;
}

/** The folder for what must not enter the run folder. It lies in the scratch and goes with it. */
export function privateFolder(ctx: StepContext): string {
  return path.join(ctx.find('scratch')?.directory ?? ctx.config.scratch.directory, 'clients');
}

export async function openClientNetwork(ctx: StepContext, name: string): Promise<ClientNetwork> {
  const { config } = ctx;
  const directory = privateFolder(ctx);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const authorities = [config.tls.ca, config.identity.secondary.ca].filter((file) => file !== undefined);
  const trust = await createTrustStore(authorities, directory);
  const logFile = path.join(directory, `proxy-${name}.log`);
  await rm(logFile, { force: true });
  const proxy = await openConnectProxy({ resolvers: resolversOf(config.dns.resolvers), logFile });

  let routes: Promise<readonly Route[]> | undefined;
  const closeAndRead = async (): Promise<readonly Route[]> => {
    await proxy[Symbol.asyncDispose]();
    return readRoutes(logFile);
  };
  const close = (): Promise<readonly Route[]> => (routes ??= closeAndRead());
  return {
    proxyUrl: proxy.url,
    trust,
    get connections() {
      return proxy.connections;
    },
    events: () => readProxyLog(logFile),
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

/** Without any in the config clients ask what this machine asks. */
function resolversOf(configured: readonly string[]): readonly Endpoint[] {
  return (configured.length > 0 ? configured : getServers()).map((text) =>
    isIP(text) ? { address: text, port: 53 } : parseEndpoint(text),
  );
}

async function readRoutes(logFile: string): Promise<readonly Route[]> {
  return (await readProxyLog(logFile))
    .filter(({ event }) => event !== 'closed')
    .map((event) => ({
      host: event.host,
      port: event.port,
      address: event.event === 'refused' ? undefined : event.address,
      ...(event.event === 'refused' && { unreachable: event.unreachable }),
    }));
}
