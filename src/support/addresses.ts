import { isIP } from 'node:net';

const URL_HOST = /[a-z][a-z0-9+.-]*:\/\/(?:[^/\s@"']*@)?(\[[0-9a-f:]+\]|[^/\s:?#@"'<>,;)]+)/gi;
const KEYWORD_HOST = /(?:^|\s)host(?:addr)?\s*=\s*'?([^\s',]+)/gi;
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i;
const SPEAKS_OF_HOSTS = /host|server|endpoint|url|address|smtp|domain|peer|replica/i;

/**
 * Host names and addresses in a setting: in URLs, in `host=` of a connection string, as `name:port`, and as a bare
 * name where the setting's own name speaks of hosts ("config.json" is a name as well). This machine's own loopback
 * is nobody's production and is left out.
 */
export function addressesIn(value: string, setting: string): string[] {
  if (value.includes('-----BEGIN')) return [];
  const found = new Set<string>();
  for (const pattern of [URL_HOST, KEYWORD_HOST]) {
    for (const [, host = ''] of value.matchAll(pattern)) found.add(host);
  }
  for (const word of value.split(/[\s,;"']+/)) {
    const [, host = '', port] = /^(\[[0-9a-f:]+\]|[^:/@]+)(:\d{1,5})?$/i.exec(word) ?? [];
    const isAddress = isIP(bare(host)) !== 0;
    if (isAddress || (NAME.test(host) && (port !== undefined || SPEAKS_OF_HOSTS.test(setting))))
      found.add(host);
  }
  const isRemote = (host: string) => !/^(localhost|127\.|::1$|0\.0\.0\.0$)/.test(host);
  return [...found]
    .map((host) => bare(host).toLowerCase())
    .filter((host) => host.length > 1 && isRemote(host));
}

/** Whether a variable of this name holds a secret: then its value is not shown, whatever it is. */
export function isSecretName(name: string): boolean {
  return /SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|SALT|DATASOURCE|DSN|CREDENTIAL|PRIVATE|ACCESSKEY|KEY$|^MM_CONFIG$|^MM_LICENSE$/i.test(
    name,
  );
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
