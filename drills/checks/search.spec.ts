import {
  ChannelPage,
  checkOf,
  chooseChannel,
  expect,
  findReader,
  liveMessage,
  pairOf,
  rareWord,
  readableWord,
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
/** A page of results. A word that fills one is too common to tell anything. */
const PAGE = 60;

test(
  'Search finds a message from before the outage',
  checkOf('search.historic', SEARCH),
  async ({ check, visitors }) => {
    const candidates: { id: string; team: string; word: string; reader: Reader }[] = [];
    const known = new Map<string, Visitor>();
    for (const { id, team } of samples()) {
      const reader = await findReader(run, visitors, `/posts/${id}`, known);
      if (!reader) continue;
      const { message } = await reader.api.get<Post>(`/posts/${id}`);
      const word = readableWord(message);
      if (word !== undefined) candidates.push({ id, team, word, reader });
    }
    const rarest = candidates.toSorted((a, b) => b.word.length - a.word.length);
    for (const { id, team, word, reader } of rarest) {
      const { id: teamId } = await reader.api.get<{ id: string }>(`/teams/name/${team}`);
      const found = await reader.api.post<{ order: string[] | null }>(`/teams/${teamId}/posts/search`, {
        terms: word,
        is_or_search: false,
        page: 0,
        per_page: PAGE,
      });
      const ids = found.order ?? [];
      if (ids.length >= PAGE) continue;
      await new ChannelPage(reader.page).goto(team, 'town-square');
      const search = new SearchPage(reader.page);
      await search.find(word);
      check.saw({
        expected: `message ${id}, by a word of ${word.length} letters from it`,
        seen: `${ids.length} results, ${ids.includes(id) ? 'the message among them' : 'without the message'}`,
      });
      expect(ids).toContain(id);
      await expect(search.result(id)).toBeVisible();
      return;
    }
    test.skip(
      true,
      `None of the ${candidates.length} sample messages holds a word that is rare enough to search for.`,
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

function samples() {
  return run.facts.samples.posts.slice(0, 12);
}
