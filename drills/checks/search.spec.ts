import {
  ChannelPage,
  checkOf,
  chooseChannel,
  expect,
  findReader,
  liveMessage,
  pairOf,
  rareWord,
  readableWords,
  readRun,
  SearchPage,
  test,
  type Post,
  type Reader,
  type Visitor,
} from '../../fixtures/index.ts';

const run = readRun();
const { first } = pairOf(run);
const SEARCH = { suite: 'search', code: 'NOT_FOUND', story: 'Search' } as const;
/** A page of results. What fills one is too common to tell anything. */
const PAGE = 60;

test(
  'Search finds a message from before the outage',
  checkOf('search.historic', SEARCH),
  async ({ check, visitors }) => {
    const known = new Map<string, Visitor>();
    for (const { id, team, channel } of samples()) {
      const reader = await findReader(run, visitors, `/posts/${id}`, known);
      if (!reader) continue;
      const { message } = await reader.api.get<Post>(`/posts/${id}`);
      const { id: teamId } = await reader.api.get<{ id: string }>(`/teams/name/${team}`);
      const found = await findRareTerms(reader, teamId, queriesFor(message, channel));
      if (found === undefined) continue;
      await new ChannelPage(reader.page).goto(team, 'town-square');
      const search = new SearchPage(reader.page);
      await search.find(found.terms);
      check.saw({
        expected: `message ${id}, by words from it`,
        seen: `${found.ids.length} results, ${found.ids.includes(id) ? 'the message among them' : 'without the message'}`,
      });
      expect(found.ids).toContain(id);
      await expect(search.result(id)).toBeVisible();
      return;
    }
    test.skip(
      true,
      `None of the ${samples().length} sample messages holds words that are rare enough to search for.`,
    );
  },
);

test('Search finds a message written now', checkOf('search.live', SEARCH), async ({ check, visitors }) => {
  const { api, page } = await visitors.as(first ?? '');
  const place = await chooseChannel(api);
  const word = rareWord();
  const { id } = await api.post<Post>('/posts', {
    channel_id: place.channelId,
    message: `${liveMessage(run, 'search')} ${word}`,
  });
  await new ChannelPage(page).goto(place.team, place.channel);
  const search = new SearchPage(page);
  await search.find(word);
  await expect(search.result(id)).toBeVisible();
  check.saw({ expected: 'the message is found by a word that only it holds', seen: 'it is found' });
});

/** From one word to all that there is to say of a message: on a large site a single word is seldom rare. */
function queriesFor(message: string, channel: string): readonly string[] {
  const words = readableWords(message);
  const several = words.slice(0, 6).join(' ');
  return words.length === 0 ? [] : [words[0] ?? '', several, `${several} in:${channel}`];
}

/** The first of these that does not fill a page, and what it finds. */
async function findRareTerms({ api }: Reader, teamId: string, queries: readonly string[]) {
  for (const terms of queries) {
    const { order } = await api.post<{ order: string[] | null }>(`/teams/${teamId}/posts/search`, {
      terms,
      is_or_search: false,
      page: 0,
      per_page: PAGE,
    });
    const ids = order ?? [];
    if (ids.length < PAGE) return { terms, ids };
  }
  return undefined;
}

function samples() {
  return run.facts.samples.posts.slice(0, 12);
}
