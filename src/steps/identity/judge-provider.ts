import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import type { PromiseSetting } from '../../model/drill.ts';
import { days, formatDuration, seconds } from '../../model/duration.ts';
import type { DrillError } from '../../model/errors.ts';
import type { DiscoveryDocument, IdentityExamination } from '../../providers/identity/contract.ts';
import { matchesHost } from '../../support/host-patterns.ts';

/** A TOTP code is good for its half minute and one on each side (RFC 6238, section 5.2). */
const CLOCK_TOLERANCE = seconds(30);
const CERTIFICATE_MARGIN = days(14);

/** Ids of the checks that `judgeProvider` makes. */
export function providerChecks({ config }: Pick<PromiseSetting, 'config'>): readonly string[] {
  return [
    'identity.reachable',
    'identity.certificate',
    'identity.clock',
    'identity.metadata',
    'identity.keys',
    // Without a list nobody knows which keys it had: that is told, and promised to nobody.
    ...(config.identity.secondary.keys ? ['identity.known-keys'] : []),
  ];
}

type Judged = Pick<Check, 'verdict' | 'seen' | 'code' | 'hint' | 'metric'>;

/** Whether people could sign in there during an outage, a row for each part that may fail. */
export function judgeProvider(
  examination: IdentityExamination,
  { identity }: Pick<Config, 'identity'>,
  outageAt: Date,
): readonly Check[] {
  const { keys: known } = identity.secondary;
  return [
    {
      id: 'identity.reachable',
      claim: 'The secondary IdP answers and would begin a sign-in for this site',
      expected: 'metadata, keys, the sign-in page and what Mattermost asks',
      ...judgeAnswers(examination),
    },
    {
      id: 'identity.certificate',
      claim: "The secondary IdP's certificate will not expire soon",
      expected: `trusted, and valid for at least ${formatDuration(CERTIFICATE_MARGIN)}`,
      ...judgeCertificate(examination, outageAt),
    },
    {
      id: 'identity.clock',
      claim: "The secondary IdP's clock agrees with ours, or one-time codes will fail",
      expected: `within ${formatDuration(CLOCK_TOLERANCE)}`,
      ...judgeClock(examination),
    },
    {
      id: 'identity.metadata',
      claim: 'What the secondary IdP says of itself is what the restored site is told of it',
      expected: 'its own issuer and endpoints, over https, as in identity.secondary',
      ...judgeMetadata(examination, identity),
    },
    {
      id: 'identity.keys',
      claim: 'The secondary IdP publishes keys that signatures can be verified with',
      expected: 'at least one, each of them sound',
      ...judgeKeys(examination, identity),
    },
    ...(known
      ? [
          {
            id: 'identity.known-keys',
            claim: 'The secondary IdP signs with the keys that it had before the outage',
            expected: known.join(', '),
            ...judgeKnownKeys(examination, known),
          },
        ]
      : []),
  ];
}

const firstProblem = ({ problems }: IdentityExamination): DrillError | undefined =>
  Object.values(problems)[0];

function judgeAnswers(examination: IdentityExamination): Judged {
  const problem = firstProblem(examination);
  if (problem !== undefined)
    return { verdict: 'missed', seen: problem.message, code: 'IDP_UNREACHABLE', hint: problem.hint };
  const answers = examination.asked.map(({ url, status }) => `${new URL(url).pathname} ${status}`);
  return { verdict: 'passed', seen: answers.join(', ') };
}

function judgeCertificate(examination: IdentityExamination, outageAt: Date): Judged {
  const fault = Object.values(examination.problems).find((problem) => certificateFault(problem));
  if (fault !== undefined)
    return { verdict: 'missed', seen: fault.message, code: certificateFault(fault), hint: fault.hint };
  const until = examination.certificateValidUntil;
  if (until === undefined) return notAsked(examination);
  const left = until.getTime() - outageAt.getTime();
  const soon = left <= CERTIFICATE_MARGIN;
  return {
    verdict: soon ? 'missed' : 'passed',
    seen: `${formatDuration(left)} left, until ${until.toISOString()}`,
    ...(soon && { code: 'CERTIFICATE_EXPIRES', hint: 'Renew it before it is needed.' }),
    metric: { key: 'idp_certificate_days', value: Math.floor(left / days(1)), unit: 'd', better: 'higher' },
  };
}

/** Codes of Node's TLS errors, and what they say of the certificate. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'CERTIFICATE_EXPIRED',
  CERT_NOT_YET_VALID: 'CERTIFICATE_NOT_YET_VALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CERTIFICATE_NAME',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CERTIFICATE_UNTRUSTED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CERTIFICATE_UNTRUSTED',
  UNABLE_TO_GET_ISSUER_CERT: 'CERTIFICATE_UNTRUSTED',
  SELF_SIGNED_CERT_IN_CHAIN: 'CERTIFICATE_UNTRUSTED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CERTIFICATE_UNTRUSTED',
  CERT_SIGNATURE_FAILURE: 'CERTIFICATE_UNTRUSTED',
};

function certificateFault({ cause }: DrillError): string | undefined {
  return cause instanceof Error && 'code' in cause ? CERTIFICATE_FAULTS[String(cause.code)] : undefined;
}

function judgeClock(examination: IdentityExamination): Judged {
  const { clockSkew: skew, asked } = examination;
  if (asked.length === 0) return notAsked(examination);
  if (skew === undefined)
    return { verdict: 'unverified', seen: 'it does not tell the time', code: 'NO_CLOCK' };
  const off = Math.abs(skew) > CLOCK_TOLERANCE;
  return {
    verdict: off ? 'missed' : 'passed',
    seen: `${formatDuration(Math.abs(skew))} apart`,
    ...(off && { code: 'CLOCK_SKEW', hint: 'Put its time synchronisation right.' }),
  };
}

function judgeMetadata(examination: IdentityExamination, identity: Config['identity']): Judged {
  const { metadata, problems } = examination;
  if (identity.secondary.discoveryUrl === undefined) return noDiscovery();
  if (metadata === undefined) {
    const { metadata: problem } = problems;
    // Nothing was told, or something that cannot be: only the latter says anything of what it would tell.
    if (problem === undefined || problem.cause !== undefined) return notAsked(examination);
    return {
      verdict: 'missed',
      seen: problem.message,
      code: 'METADATA_INCONSISTENT',
      hint: problem.hint,
    };
  }
  const { wrong, foreign } = inconsistencies(metadata, identity);
  if (wrong.length > 0)
    return {
      verdict: 'missed',
      seen: wrong.join('; '),
      code: 'METADATA_INCONSISTENT',
      hint: 'Its metadata is stale, or identity.secondary is. Ask the identity team which, and correct that one.',
    };
  if (foreign.length > 0)
    return {
      verdict: 'unverified',
      seen: `whether these are its own nobody can tell: ${foreign.join(', ')}`,
      code: 'METADATA_FOREIGN',
      hint: 'They are not under the name of its issuer. Ask the identity team.',
    };
  return { verdict: 'passed', seen: `issuer ${metadata.issuer}, all endpoints its own` };
}

/** What contradicts itself or the settings, and endpoints that may be somebody else's. */
function inconsistencies(
  metadata: DiscoveryDocument,
  { secondary, primary }: Config['identity'],
): { readonly wrong: readonly string[]; readonly foreign: readonly string[] } {
  const issuer = new URL(metadata.issuer);
  const wrong: string[] = [];
  const foreign: string[] = [];
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'] as const) {
    const endpoint = metadata[name];
    if (endpoint === undefined) continue;
    const url = URL.parse(endpoint);
    if (url?.protocol !== 'https:') wrong.push(`${name} ${endpoint} is not https`);
    else if (matchesHost(url.hostname, primary.hosts)) wrong.push(`${name} ${endpoint} is the primary's`);
    else if (domainOf(url.hostname) !== domainOf(issuer.hostname)) foreign.push(`${name} ${endpoint}`);
  }
  if (secondary.kind === 'gitlab') {
    const { authorizationUrl, tokenUrl } = secondary;
    if (metadata.authorization_endpoint !== authorizationUrl)
      wrong.push(
        `authorization_endpoint is ${metadata.authorization_endpoint}, and the site has ${authorizationUrl}`,
      );
    // Mattermost may know the same server by another name from inside.
    if (URL.parse(metadata.token_endpoint)?.pathname !== new URL(tokenUrl).pathname)
      wrong.push(`token_endpoint is ${metadata.token_endpoint}, and the site has ${tokenUrl}`);
  }
  return { wrong, foreign };
}

/** `sso.example.com` and `keys.example.com` are of one house; an address only of itself. */
const domainOf = (host: string): string =>
  /^[\d.]+$|:/.test(host) ? host : host.split('.').slice(-2).join('.');

function judgeKeys(examination: IdentityExamination, identity: Config['identity']): Judged {
  const { keys, problems } = examination;
  if (identity.secondary.discoveryUrl === undefined) return noDiscovery();
  if (keys === undefined) {
    if (problems.keys === undefined || problems.keys.cause !== undefined) return notAsked(examination);
    return {
      verdict: 'missed',
      seen: problems.keys.message,
      code: 'KEYS_UNUSABLE',
      hint: problems.keys.hint,
    };
  }
  const faults = keys.flatMap(({ fault }, index) =>
    fault === undefined ? [] : [`key ${index + 1} of ${keys.length} ${fault}`],
  );
  if (keys.length === 0 || faults.length > 0)
    return {
      verdict: 'missed',
      seen: faults.join('; ') || 'none is for signatures',
      code: 'KEYS_UNUSABLE',
      hint: 'Look at its key set, under jwks_uri of its metadata.',
    };
  return { verdict: 'passed', seen: keys.map(({ thumbprint }) => thumbprint).join(', ') };
}

function judgeKnownKeys(examination: IdentityExamination, known: readonly string[]): Judged {
  if (examination.keys === undefined) return notAsked(examination);
  const now = examination.keys.map(({ thumbprint }) => thumbprint);
  const gone = known.filter((one) => !now.includes(one));
  const added = now.filter((one) => !known.includes(one));
  if (gone.length === 0 && added.length === 0)
    return { verdict: 'passed', seen: `the same ${known.length === 1 ? 'key' : `${known.length} keys`}` };
  const seen = [
    ...(gone.length > 0 ? [`gone: ${gone.join(', ')}`] : []),
    ...(added.length > 0 ? [`unknown: ${added.join(', ')}`] : []),
  ];
  return {
    verdict: 'missed',
    seen: seen.join('; '),
    code: 'KEYS_CHANGED',
    hint: 'Mattermost does not look. Ask the identity team whether they changed them, and then put the new ones into identity.secondary.keys.',
  };
}

function notAsked(examination: IdentityExamination): Judged {
  return {
    verdict: 'unverified',
    seen: `not known: ${firstProblem(examination)?.message ?? 'it was not asked'}`,
    code: 'IDP_UNREACHABLE',
  };
}

const noDiscovery = (): Judged => ({
  verdict: 'unverified',
  seen: 'no discovery document is known',
  code: 'NO_DISCOVERY',
  hint: 'Set identity.secondary.discoveryUrl: GitLab has it at /.well-known/openid-configuration.',
});
