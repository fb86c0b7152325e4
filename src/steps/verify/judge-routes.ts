import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import type { SiteFacts } from '../../model/facts.ts';
import { matchesHost } from '../../support/host-patterns.ts';
import type { Route } from './client-network.ts';

export interface RouteQuestion {
  /** Prefix of the checks' ids. */
  readonly name: string;
  readonly site: Pick<SiteFacts, 'url' | 'address'>;
  readonly config: Pick<Config, 'identity'>;
  readonly routes: readonly Route[];
  /** Hosts that pages asked for, as `host` or `host:port`: what never became a connection is here alone. */
  readonly pageHosts: readonly string[];
}

/** Whether clients reached the restored site and nothing of the lost one, from where they really went. */
export function judgeRoutes(question: RouteQuestion): readonly Check[] {
  return [siteReached(question), primaryIdpNeverContacted(question)];
}

export function siteReached({ name, site, routes }: Omit<RouteQuestion, 'config' | 'pageHosts'>): Check {
  const { hostname } = new URL(site.url);
  // Who was sent to the lost site is astray, whether somebody still answers there or not.
  const sentTo = routes.flatMap(({ host, address, unreachable }) =>
    host === hostname ? (address ?? unreachable ?? []) : [],
  );
  const astray = [...new Set(sentTo)].filter((address) => address !== site.address);
  const seen =
    astray.length > 0
      ? `${sentTo.length} connections, also to ${astray.join(', ')}`
      : `${sentTo.length} connections, all of them to ${site.address}`;
  const verdict = sentTo.length === 0 ? 'unverified' : astray.length > 0 ? 'missed' : 'passed';
  return {
    id: `${name}.site-reached`,
    claim: `Every connection to ${hostname} reached the restored site`,
    verdict,
    expected: `every connection goes to ${site.address}`,
    seen: sentTo.length === 0 ? 'no connection was made' : seen,
    ...(verdict === 'unverified' && { code: 'NO_CONNECTION' }),
    ...(verdict === 'missed' && {
      code: 'WRONG_SITE_REACHED',
      hint: 'See what the resolvers in dns.resolvers answer; a client met an address that is not the restored site.',
    }),
  };
}

function primaryIdpNeverContacted({ name, site, config, routes, pageHosts }: RouteQuestion): Check {
  const primary = config.identity.primary.hosts;
  const asked = [...routes.map(({ host }) => host), ...pageHosts.map(withoutPort)];
  const reached = routes.flatMap(({ address }) => address ?? []);
  const contacted = [...new Set([...asked, ...reached])].filter((host) => matchesHost(host, primary));
  const outside = outsideHosts(asked, site.url, config);
  const seen = [
    `${routes.length} connections, ${contacted.length === 0 ? 'none' : 'some'} of them to it`,
    ...(contacted.length > 0 ? [`asked for ${contacted.join(', ')}`] : []),
    ...(outside.length > 0 ? [`other hosts that were asked for: ${outside.join(', ')}`] : []),
  ];
  const verdict = contacted.length > 0 ? 'missed' : routes.length === 0 ? 'unverified' : 'passed';
  return {
    id: `${name}.primary-idp-never-contacted`,
    claim: 'Nobody was sent to the primary identity provider',
    verdict,
    expected: `no connection to ${primary.join(', ')}`,
    seen: seen.join('; '),
    ...(verdict === 'missed' && {
      code: 'PRIMARY_IDP_CONTACTED',
      hint: 'The restored configuration still names the primary provider; look for it in the sign-in settings.',
    }),
  };
}

/** Hosts that are neither the site nor the secondary provider, nor Chromium's own look-ups. */
function outsideHosts(
  asked: readonly string[],
  siteUrl: string,
  config: Pick<Config, 'identity'>,
): readonly string[] {
  const { secondary } = config.identity;
  const urls = Object.entries(secondary)
    .filter(([key]) => key.endsWith('Url'))
    .map(([, value]) => String(value));
  const known = new Set([siteUrl, ...urls].map((url) => new URL(url).hostname));
  return [...new Set(asked)]
    .filter(
      (host) => host !== '' && !known.has(host) && !/(^|\.)(google|googleapis|gstatic|gvt1)\.com$/.test(host),
    )
    .toSorted();
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
