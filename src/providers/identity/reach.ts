import { DrillError } from '../../model/errors.ts';
import { httpsGet, type HttpsAnswer } from '../../support/https-get.ts';
import type { DiscoveryDocument, ReachOptions } from './contract.ts';

export interface Asked extends HttpsAnswer {
  readonly url: string;
}

const FIELDS = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;
const WELL_KNOWN = '/.well-known/openid-configuration';

export async function askDiscovery(
  url: string,
  options: ReachOptions,
): Promise<{ document: DiscoveryDocument; answer: Asked }> {
  const answer = await ask(url, options);
  const document = parseObject(answer, 'discovery document');
  for (const field of FIELDS) {
    if (typeof document[field] !== 'string')
      throw turnedAway(answer, `its discovery document has no "${field}"`);
  }
  const { issuer } = document;
  if (typeof issuer === 'string' && `${issuer.replace(/\/$/, '')}${WELL_KNOWN}` !== url) {
    throw turnedAway(answer, `its discovery document is that of another issuer, ${issuer}`);
  }
  return { document: document as unknown as DiscoveryDocument, answer };
}

export async function askKeys(
  { jwks_uri: url }: Pick<DiscoveryDocument, 'jwks_uri'>,
  options: ReachOptions,
): Promise<{ keys: readonly unknown[]; answer: Asked }> {
  const answer = await ask(url, options);
  const { keys } = parseObject(answer, 'key set');
  if (!Array.isArray(keys) || keys.length === 0) throw turnedAway(answer, 'its key set is empty');
  return { keys, answer };
}

/** Any answer but a failure of the server: without a token it can only turn us away. */
export async function askAnything(url: string, options: ReachOptions): Promise<Asked> {
  const answer = await get(url, options);
  if (answer.status >= 500) throw turnedAway(answer, `it answers ${answer.status} where Mattermost will ask`);
  return answer;
}

export interface SignInTarget {
  readonly authorizationUrl: string;
  readonly clientId: string;
  readonly callbackPath: string;
  readonly scope?: string;
}

/** Begins a sign-in as Mattermost would, and looks whether the provider knows our client and our address. */
export async function askToSignIn(
  { authorizationUrl, clientId, callbackPath, scope }: SignInTarget,
  options: ReachOptions,
): Promise<Asked> {
  const callback = `${options.siteUrl.replace(/\/$/, '')}${callbackPath}`;
  const url = new URL(authorizationUrl);
  const query = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    state: 'muster-preflight',
    scope,
  };
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);

  const answer = await get(url.href, options);
  const { location } = answer.headers;
  if (location?.startsWith(callback)) {
    const error = new URL(location).searchParams.get('error');
    if (error !== null)
      throw turnedAway(answer, `it sends "${error}" back for client "${clientId}"`, CLIENT_HINT(callback));
  }
  if (answer.status >= 400) {
    throw turnedAway(
      answer,
      `it answers ${answer.status} to a sign-in of client "${clientId}"`,
      CLIENT_HINT(callback),
    );
  }
  return answer;
}

export function hostsOf(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => new URL(url).host))];
}

const CLIENT_HINT = (callback: string): string =>
  `Register the client there with the redirect address ${callback}, or correct identity.secondary.clientId.`;

async function ask(url: string, options: ReachOptions): Promise<Asked> {
  const answer = await get(url, options);
  if (answer.status !== 200) throw turnedAway(answer, `it answers ${answer.status} instead of 200`);
  return answer;
}

async function get(url: string, { ca, signal, timeout, lookup }: ReachOptions): Promise<Asked> {
  if (!url.startsWith('https:')) {
    throw new DrillError(
      'IDENTITY_UNREACHABLE',
      `the secondary identity provider is not asked at ${url}: it is not https`,
      {
        hint: 'People would send their passwords in the clear. Give it a certificate and use its https address.',
      },
    );
  }
  try {
    return {
      ...(await httpsGet(url, { ca, signal, lookup, ...(timeout !== undefined && { timeout }) })),
      url,
    };
  } catch (cause) {
    signal?.throwIfAborted();
    throw explainFailure(url, cause);
  }
}

const CERTIFICATE_HINT = 'Set identity.secondary.ca to the authority that signed its certificate.';

/** Codes of Node's TLS, DNS and socket errors, and what they mean here. */
const FAILURES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew it: nobody could sign in during a real failover.'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Compare the clocks of both machines.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Use the name that the certificate has, or renew it.',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is signed by an authority that we do not know',
    CERTIFICATE_HINT,
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'its certificate is signed by an authority that we do not know',
    CERTIFICATE_HINT,
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate is signed by an authority that we do not know',
    CERTIFICATE_HINT,
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is signed by itself', CERTIFICATE_HINT],
  ECONNREFUSED: ['nobody listens there (connection refused)', 'Start it, or correct its address.'],
  ENOTFOUND: ['its name does not exist', 'Correct its address, or look at DNS.'],
  ABORT_ERR: ['it does not answer in time', 'Look at its health and at the network between.'],
};

function explainFailure(url: string, cause: unknown): DrillError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  const [what, hint] = FAILURES[code] ?? [message, undefined];
  return new DrillError(
    'IDENTITY_UNREACHABLE',
    `the secondary identity provider can't be used at ${url.replace(/\?.*/, '')}: ${what}`,
    {
      cause,
      hint,
    },
  );
}

function turnedAway({ url, status }: Asked, what: string, hint?: string): DrillError {
  return new DrillError('IDENTITY_UNREACHABLE', `the secondary identity provider can't be used: ${what}`, {
    hint: hint ?? 'Check the addresses under identity.secondary.',
    details: { asked: url.replace(/\?.*/, ''), status },
  });
}

function parseObject(answer: Asked, what: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(answer.body);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw turnedAway(answer, `its ${what} is not JSON`);
}
