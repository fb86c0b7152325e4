import type { Client } from 'pg';
import type { Message } from './conversation.ts';
import { insertRows } from './insert-rows.ts';
import type { Person } from './people.ts';
import { report } from './phrases.ts';
import { requireChannel, type Channel } from './places.ts';
import { createRandom } from './random.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

export interface PendingOptions {
  readonly seed: number;
  readonly people: readonly Person[];
  readonly channels: readonly Channel[];
  readonly messages: readonly Message[];
  readonly now: number;
  /** When the planned messages are due. Those of the last day that are due get sent by any server that starts. */
  readonly scheduledAt: readonly Date[];
}

/** Writes what waits for its time: drafts, planned messages, reminders and jobs. Gives the planned messages' ids. */
export async function writePending(client: Client, options: PendingOptions): Promise<string[]> {
  const { seed, channels, messages, now, scheduledAt } = options;
  const random = createRandom(seed, 'pending');
  const bridge = requireChannel(channels, 'incident-bridge');
  const writers = bridge.members.filter(({ bot, deactivated, guest }) => !bot && !deactivated && !guest);
  const empty = { props: '{}', fileids: '[]', priority: 'null', type: '' };

  const drafts = random.sample(writers, 4).map((writer, index) => ({
    createat: now - 40 * MINUTE,
    updateat: now - index * MINUTE,
    deleteat: 0,
    userid: writer.id,
    channelid: bridge.id,
    rootid: '',
    message: `Draft: ${report(random)}`,
    ...empty,
  }));
  await insertRows(client, 'drafts', drafts);

  const planned = scheduledAt.map((due) => ({
    id: random.id(),
    createat: now - DAY,
    updateat: now - DAY,
    userid: random.pick(writers).id,
    channelid: bridge.id,
    rootid: '',
    message: `Planned: ${report(random)}`,
    ...empty,
    scheduledat: due.getTime(),
    processedat: 0,
    errorcode: '',
  }));
  await insertRows(client, 'scheduledposts', planned);

  const worthRemembering = messages.filter(({ channel, type, deletedAt }) => {
    return channel === bridge && type === '' && deletedAt === 0;
  });
  const reminders = random.sample(worthRemembering.slice(-60), 3).map(({ id }, index) => ({
    postid: id,
    userid: random.pick(writers).id,
    targettime: Math.floor((now + ([-10 * MINUTE, 10 * MINUTE, DAY][index] ?? 0)) / 1e3),
  }));
  await insertRows(client, 'postreminders', reminders);

  const jobs = [
    ['export_process', 'pending', 0],
    ['expiry_notify', 'pending', 0],
    ['data_retention', 'in_progress', 40],
    ['refresh_materialized_views', 'success', 100],
    ['cleanup_desktop_tokens', 'success', 100],
  ] as const;
  const jobRows = jobs.map(([type, status, progress], index) => ({
    id: random.id(),
    type,
    priority: 0,
    createat: now - (30 - index) * MINUTE,
    startat: status === 'pending' ? 0 : now - (29 - index) * MINUTE,
    lastactivityat: now - 20 * MINUTE,
    status,
    progress,
    data: {},
  }));
  await insertRows(client, 'jobs', jobRows);
  await writeNiceties(client, { ...options, bridge, writers, worthRemembering });
  return planned.map(({ id }) => id);
}

interface Niceties extends PendingOptions {
  readonly bridge: Channel;
  readonly writers: readonly Person[];
  readonly worthRemembering: readonly Message[];
}

/** A little of what a lived-in site has: bookmarks, urgent messages that were acknowledged, a group to call. */
async function writeNiceties(
  client: Client,
  { seed, people, bridge, writers, worthRemembering, now }: Niceties,
): Promise<void> {
  const random = createRandom(seed, 'niceties');
  const ownerid = people[0]?.id ?? '';
  const since = { createat: now - 90 * DAY, updateat: now - 90 * DAY, deleteat: 0 };
  await insertRows(client, 'channelbookmarks', [
    {
      id: random.id(),
      ownerid,
      channelid: bridge.id,
      ...since,
      displayname: 'First hour checklist',
      sortorder: 0,
      linkurl: 'https://lantern.example/first-hour',
      imageurl: '',
      emoji: '',
      type: 'link',
    },
  ]);
  const urgent = random.sample(
    worthRemembering.filter(({ rootId }) => rootId === ''),
    3,
  );
  await insertRows(
    client,
    'postspriority',
    urgent.map(({ id }) => {
      return {
        postid: id,
        channelid: bridge.id,
        priority: 'urgent',
        requestedack: true,
        persistentnotifications: false,
      };
    }),
  );
  const acknowledged = urgent.flatMap(({ id, createdAt }) =>
    random.sample(writers, 3).map((person) => {
      return {
        postid: id,
        userid: person.id,
        acknowledgedat: createdAt + MINUTE,
        remoteid: '',
        channelid: bridge.id,
      };
    }),
  );
  await insertRows(client, 'postacknowledgements', acknowledged);
  const groupid = random.id();
  await insertRows(client, 'usergroups', [
    {
      id: groupid,
      name: 'duty-officers',
      displayname: 'Duty officers',
      description: '',
      source: 'custom',
      remoteid: null,
      ...since,
      allowreference: true,
    },
  ]);
  const officers = people.filter(({ position }) => position === 'Duty officer');
  await insertRows(
    client,
    'groupmembers',
    officers.map(({ id }) => ({ groupid, userid: id, createat: since.createat, deleteat: 0 })),
  );
}
