import { DrillError } from '../../model/errors.ts';
import type { DiscoveryDocument, IdentityExamination, ReachOptions } from './contract.ts';
import { readPublishedKeys } from './published-keys.ts';
import { askAnything, askDiscovery, askKeys, askToSignIn, type Asked, type SignInTarget } from './reach.ts';

/** What a provider is made of. What only its discovery document tells is not asked for without it. */
export interface ProviderParts {
  readonly discoveryUrl: string | undefined;
  signIn(document: DiscoveryDocument | undefined): SignInTarget | undefined;
  /** What Mattermost asks by itself: for tokens and for the user. */
  backChannel(document: DiscoveryDocument | undefined): readonly string[];
}

/** Asks for each part and goes on where one is missing. Rejects only when the signal aborts. */
export async function examineParts(
  { discoveryUrl, signIn, backChannel }: ProviderParts,
  options: ReachOptions,
): Promise<IdentityExamination> {
  const problems: Record<string, DrillError> = {};
  const answers: Asked[] = [];
  const discovery =
    discoveryUrl === undefined
      ? undefined
      : await attempt('metadata', async () => askDiscovery(discoveryUrl, options));
  const metadata = discovery?.document;
  const published = metadata && (await attempt('keys', () => askKeys(metadata, options)));
  const target = signIn(metadata);
  if (target) await attempt('sign-in', async () => ({ answer: await askToSignIn(target, options) }));
  for (const url of backChannel(metadata))
    await attempt('back-channel', async () => ({ answer: await askAnything(url, options) }));

  const ends = answers.map(({ certificateValidUntil }) => certificateValidUntil.getTime());
  return {
    // Without the query: it is long, and says nothing that the configuration does not.
    asked: answers.map(({ url, status }) => ({ url: url.replace(/\?.*/, ''), status })),
    problems,
    certificateValidUntil: ends.length === 0 ? undefined : new Date(Math.min(...ends)),
    clockSkew: answers.find(({ clockSkew }) => clockSkew !== undefined)?.clockSkew,
    metadata,
    keys: published && readPublishedKeys(published.keys),
  };

  async function attempt<T extends { readonly answer: Asked }>(
    what: string,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const found = await work();
      answers.push(found.answer);
      return found;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DrillError)) throw error;
      problems[what] ??= error;
      return undefined;
    }
  }
}

/** The first thing that would keep people from signing in. Throws it: IDENTITY_UNREACHABLE. */
export function requireReachable({ problems }: IdentityExamination): void {
  const [first] = Object.values(problems);
  if (first) throw first;
}
