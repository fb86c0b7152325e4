import type { App } from '../app.ts';
import { assemble, type PostList } from './lists.ts';
import { SELECT_POSTS, type PostRow } from './post.ts';

export interface SearchRequest {
  readonly terms: string;
  readonly isOr: boolean;
  /** All teams when undefined. */
  readonly teamId: string | undefined;
  readonly userId: string;
}

// The database backend of the official server gives no second page.
const MAX_RESULTS = 100;

interface Terms {
  words: string[];
  phrases: string[];
  excluded: string[];
  hashtags: string[];
  from: string[];
  in: string[];
}

/** Searches the channels that a user is in, newest first, by the same full-text indexes as the official server. */
export async function searchPosts(app: App, request: SearchRequest): Promise<PostList & { matches: null }> {
  const terms = parseTerms(request.terms);
  const [byText, byTag] = await Promise.all([
    findByText(app, request, terms),
    findByHashtag(app, request, terms),
  ]);
  const found = [...new Map([...byText, ...byTag].map((post) => [post.id, post])).values()];
  found.sort((a, b) => b.createat - a.createat);
  return { ...(await assemble(app, found.slice(0, MAX_RESULTS), { context: 'none' })), matches: null };
}

function parseTerms(text: string): Terms {
  const terms: Terms = { words: [], phrases: [], excluded: [], hashtags: [], from: [], in: [] };
  for (const [, modifier, value, negated, phrase, plain] of text.matchAll(
    /(from|in|channel):\s*@?([^\s"]+)|(-?)(?:"([^"]*)"|([^\s"]+))/gi,
  )) {
    if (modifier && value)
      (modifier.toLowerCase() === 'from' ? terms.from : terms.in).push(value.toLowerCase());
    else if (phrase !== undefined) (negated ? terms.excluded : terms.phrases).push(phrase);
    else if (plain?.startsWith('#') && !negated) terms.hashtags.push(plain.toLowerCase());
    else if (plain) (negated ? terms.excluded : terms.words).push(plain);
  }
  return terms;
}

const FROM_READABLE = `
  ${SELECT_POSTS}
  WHERE p.deleteat = 0 AND p.type NOT LIKE 'system\\_%'
    AND p.channelid IN (
      SELECT c.id FROM channels c JOIN channelmembers m ON m.channelid = c.id AND m.userid = $1
      WHERE c.deleteat = 0 AND ($2::text IS NULL OR c.teamid IN ($2, '')) AND (cardinality($3::text[]) = 0 OR c.name = ANY($3)))
    AND (cardinality($4::text[]) = 0 OR p.userid IN (SELECT id FROM users WHERE username = ANY($4)))`;

async function findByText(app: App, request: SearchRequest, terms: Terms): Promise<PostRow[]> {
  const isFilterOnly = terms.from.length + terms.in.length > 0 && terms.hashtags.length === 0;
  if (terms.words.length + terms.phrases.length === 0 && !isFilterOnly) return [];
  const values: unknown[] = filterValues(request, terms);
  const any = (text: string, call: string): string => `${call}('english', $${values.push(text)})`;
  const wanted = [
    ...terms.words.map((word) =>
      isPrefix(word) ? any(`${bareWord(word)}:*`, 'to_tsquery') : any(word, 'plainto_tsquery'),
    ),
    ...terms.phrases.map((phrase) => any(phrase, 'phraseto_tsquery')),
  ];
  const unwanted = terms.excluded.map((word) => `!! ${any(word, 'plainto_tsquery')}`);
  const joined = wanted.join(request.isOr ? ' || ' : ' && ');
  const query = [joined && `(${joined})`, ...unwanted].filter(Boolean).join(' && ');
  const matches = query ? `AND to_tsvector('english', p.message) @@ (${query})` : '';
  return app.db.planned<PostRow>(
    `${FROM_READABLE} ${matches} ORDER BY p.createat DESC LIMIT ${MAX_RESULTS}`,
    values,
  );
}

async function findByHashtag(app: App, request: SearchRequest, terms: Terms): Promise<PostRow[]> {
  if (terms.hashtags.length === 0) return [];
  const values = filterValues(request, terms);
  const parts = terms.hashtags.map((tag) => {
    const words = `plainto_tsquery('english', $${values.push(tag)})`;
    // The index knows stems; a tag is meant exactly.
    return `(to_tsvector('english', p.hashtags) @@ ${words} AND string_to_array(lower(p.hashtags), ' ') @> ARRAY[$${values.length}::text])`;
  });
  const condition = parts.join(request.isOr ? ' OR ' : ' AND ');
  return app.db.planned<PostRow>(
    `${FROM_READABLE} AND (${condition}) ORDER BY p.createat DESC LIMIT ${MAX_RESULTS}`,
    values,
  );
}

const filterValues = ({ userId, teamId }: SearchRequest, terms: Terms): unknown[] => [
  userId,
  teamId ?? null,
  terms.in,
  terms.from,
];

const isPrefix = (word: string): boolean => word.endsWith('*') && bareWord(word) !== '';

const bareWord = (word: string): string => word.replaceAll(/[^\p{L}\p{N}_]/gu, '');
