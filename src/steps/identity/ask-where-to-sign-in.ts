import { readFile } from 'node:fs/promises';
import type { Check } from '../../model/check.ts';
import type { StepContext } from '../../model/drill.ts';
import { matchesHost } from '../../support/host-patterns.ts';
import { httpsGet } from '../../support/https-get.ts';
import { readMetadata } from './secondary-idp.ts';

/** Where each service of Mattermost's begins a sign-in. */
const STARTS: Readonly<Record<string, string>> = {
  gitlab: '/oauth/gitlab/login',
  openid: '/oauth/openid/login',
  google: '/oauth/google/login',
  office365: '/oauth/office365/login',
  saml: '/login/sso/saml',
};

/** Begins a sign-in of every kind at the restored site, as a browser would, and looks where it sends people. */
export async function askWhereToSignIn(ctx: StepContext): Promise<Check> {
  const { identity, tls } = ctx.config;
  const site = ctx.get('site');
  const service = identity.secondary.kind;
  const [wanted, ca] = await Promise.all([
    authorizationUrlOf(ctx),
    tls.ca === undefined ? undefined : readFile(tls.ca),
  ]);
  const sent = await Promise.all(
    Object.entries(STARTS).map(async ([name, start]) => {
      const url = new URL(start, site.url);
      url.port = String(site.port);
      const { headers, status } = await httpsGet(url, {
        ca,
        signal: ctx.signal,
        lookup: async () => site.address,
      });
      const to = status < 400 && headers.location ? new URL(headers.location, site.url) : undefined;
      return { name, to: to && to.origin !== new URL(site.url).origin ? to : undefined };
    }),
  );
  const check = {
    id: 'identity.sign-in-page',
    claim: 'The restored site sends people to the secondary IdP to sign in, and to no other',
    expected: wanted?.href ?? 'the page that the secondary IdP names',
  };
  const astray = sent.filter(
    ({ name, to }) => to && (name !== service || matchesHost(to.hostname, identity.primary.hosts)),
  );
  const own = sent.find(({ name }) => name === service)?.to;
  if (astray.length > 0 || (wanted && own && !isSamePage(own, wanted)))
    return {
      ...check,
      verdict: 'missed',
      seen: sent.flatMap(({ name, to }) => (to ? [`${name}: ${to.origin}${to.pathname}`] : [])).join(', '),
      code: 'SIGN_IN_ELSEWHERE',
      hint: 'A setting that came with the backup is in force. Look for it in the sign-in settings of the restored site.',
    };
  if (own === undefined)
    return {
      ...check,
      verdict: 'missed',
      seen: `${STARTS[service]} sends people nowhere`,
      code: 'NO_SIGN_IN_PAGE',
      hint: `Sign-in by ${service} is off on the restored site, or needs a licence that it does not have.`,
    };
  const seen = `${own.origin}${own.pathname}`;
  return wanted
    ? { ...check, verdict: 'passed', seen }
    : { ...check, verdict: 'unverified', seen, code: 'IDP_UNREACHABLE' };
}

const isSamePage = (one: URL, other: URL): boolean =>
  one.origin === other.origin && one.pathname === other.pathname;

async function authorizationUrlOf(ctx: StepContext): Promise<URL | undefined> {
  const { secondary } = ctx.config.identity;
  const known =
    secondary.kind === 'gitlab'
      ? secondary.authorizationUrl
      : (await readMetadata(ctx, secondary.discoveryUrl))?.authorization_endpoint;
  return known === undefined ? undefined : new URL(known);
}
