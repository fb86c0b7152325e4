import type { Client } from 'pg';
import { createSearchIndexes, dropSearchIndexes, refreshMaterialisedViews } from './schema/create-schema.ts';
import { attachFiles, storePictures, type FileStore } from './seed/attachments.ts';
import type { LineRange } from './seed/documents.ts';
import { writeChannels, writeSidebars } from './seed/channel-rows.ts';
import { writeConfiguration } from './seed/configuration.ts';
import { holdConversations, type Message } from './seed/conversation.ts';
import { insertRows } from './seed/insert-rows.ts';
import { writeIntegrations } from './seed/integrations.ts';
import { linkMetadataRows } from './seed/link-metadata.ts';
import { writePending } from './seed/pending.ts';
import { botRows, invitePeople, userRows, type Person } from './seed/people.ts';
import {
  foundTeams,
  openChannels,
  requireChannel,
  teamMemberRows,
  teamRows,
  type Channel,
} from './seed/places.ts';
import { writeMessages } from './seed/post-rows.ts';
import { listAddresses, NOWHERE, type ProductionAddresses } from './seed/production.ts';
import { createRandom } from './seed/random.ts';
import { writeSessions } from './seed/sessions.ts';
import { writeSystem } from './seed/system.ts';
import type { Landmarks, SiteRecord, SiteUser } from './site-record.ts';

export interface SeedOptions {
  /** The same seed, time, address and counts give the same site, byte for byte. */
  readonly seed: number;
  /** Nothing is younger than this; the newest message is a minute older. */
  readonly now: Date;
  readonly siteUrl: string;
  readonly fileStore: FileStore;
  /** What people and bots wrote; a few hundred rows more are system messages and the history of edits. */
  readonly posts?: number;
  readonly days?: number;
  readonly files?: number;
  /** How long documents are: their text is what a full-text index takes longest for. */
  readonly documentLines?: LineRange | undefined;
  readonly emailDomain?: string;
  readonly production?: ProductionAddresses;
  /** When planned messages are due: one long past, one in five minutes, one tomorrow, one next year. */
  readonly scheduledAt?: readonly Date[];
}

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** Fills an empty database that has the schema with a site that people have lived on for more than a year. */
export async function seedSite(client: Client, options: SeedOptions): Promise<SiteRecord> {
  const { seed, siteUrl, fileStore, posts = 6_000, days = 400, files: fileCount = 48 } = options;
  const { emailDomain: domain = 'lantern.example', production = NOWHERE } = options;
  const now = options.now.getTime();
  const startedAt = now - (days + 1) * DAY;
  const { scheduledAt = [-20 * MINUTE, 5 * MINUTE, DAY, 365 * DAY].map((later) => new Date(now + later)) } =
    options;

  const people = invitePeople(seed, startedAt, domain);
  const teams = foundTeams(seed, people);
  const channels = openChannels(seed, teams, startedAt);
  const from = startedAt + DAY;
  const messages = holdConversations({ seed, channels, from, to: now - MINUTE, count: posts, production });
  const hashed = userRows(people, seed, startedAt, now);
  const attachments = await attachFiles(seed, messages, fileCount, fileStore, options.documentLines);
  const emojiIds = [createRandom(seed, 'emoji').id()];
  const pictures = await storePictures(seed, people, teams, emojiIds, fileStore);

  // Full-text indexes cost less when they are made over all rows at once.
  await client.query('begin');
  await dropSearchIndexes(client);
  await writeSystem(client, seed, startedAt, now);
  await writeConfiguration(client, { seed, siteUrl, domain, production, now });
  await insertRows(client, 'teams', teamRows(teams, seed, startedAt, `chat@${domain}`));
  await insertRows(client, 'teammembers', teamMemberRows(teams, startedAt));
  await insertRows(client, 'users', await hashed);
  await insertRows(client, 'bots', botRows(people, startedAt));
  await writeChannels(client, seed, channels, messages);
  await writeSidebars(client, seed, teams, channels);
  await writeMessages(client, seed, messages);
  await insertRows(client, 'fileinfo', attachments.rows);
  await insertRows(
    client,
    'emoji',
    emojiIds.map((id) => emojiRow(id, people[0], startedAt)),
  );
  await insertRows(client, 'linkmetadata', linkMetadataRows(messages, 200));
  const sessions = await writeSessions(client, seed, people, now);
  const integrations = await writeIntegrations(client, {
    seed,
    people,
    channels,
    now,
    startedAt,
    siteUrl,
    production,
  });
  const scheduledPostIds = await writePending(client, { seed, people, channels, messages, now, scheduledAt });
  await client.query('commit');
  await client.query('analyze');
  await createSearchIndexes(client);
  await refreshMaterialisedViews(client);

  const { canaryToken, ...tokens } = sessions;
  return {
    siteUrl,
    seededAt: options.now.toISOString(),
    users: people,
    teams: teams.map(({ id, name, displayName }) => ({ id, name, displayName })),
    channels: channels.map(({ id, teamId, type, name, displayName, archived, memberIds }) => {
      return { id, teamId, type, name, displayName, archived, memberIds };
    }),
    canary: {
      channelId: requireChannel(channels, 'canary').id,
      userId: requireUser(people, 'canary-writer').id,
      token: canaryToken,
    },
    admin: requireUser(people, 'ines.moreau'),
    breakGlass: requireUser(people, 'breakglass'),
    files: attachments.files,
    objects: [...attachments.objects, ...pictures],
    landmarks: findLandmarks(messages, channels),
    hazards: { ...tokens, ...integrations, scheduledPostIds, productionAddresses: listAddresses(production) },
  };
}

function emojiRow(id: string, creator: Person | undefined, at: number) {
  return { id, createat: at, updateat: at, deleteat: 0, creatorid: creator?.id ?? '', name: 'lantern-lit' };
}

function requireUser(users: readonly SiteUser[], username: string): SiteUser {
  const user = users.find((one) => one.username === username);
  if (user === undefined) throw new TypeError(`the seed has no user ${username}`);
  return user;
}

function findLandmarks(messages: readonly Message[], channels: readonly Channel[]): Landmarks {
  const bridge = requireChannel(channels, 'incident-bridge');
  const live = messages.filter(({ type, deletedAt }) => type === '' && deletedAt === 0);
  const there = live.filter(({ channel }) => channel === bridge);
  const answered = new Set(there.map(({ rootId }) => rootId));
  const idOf = (message: Message | undefined): string => message?.id ?? '';
  return {
    oldest: idOf(live[0]),
    newest: idOf(live.at(-1)),
    edited: idOf(there.findLast(({ editedAt }) => editedAt > 0)),
    thread: idOf(there.findLast(({ id, reactions }) => reactions.length > 0 && answered.has(id))),
    direct: idOf(live.findLast(({ channel }) => channel.type === 'D')),
    inlineImage: idOf(there.find(({ text }) => text.includes('!['))),
  };
}
