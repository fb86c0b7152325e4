import { createHash } from 'node:crypto';
import type { SiteFile, StoredObject } from '../site-record.ts';
import type { Message } from './conversation.ts';
import { writeDocument, type LineRange } from './documents.ts';
import type { Row } from './insert-rows.ts';
import type { Person } from './people.ts';
import { drawChart, drawLantern, drawPortrait } from './pictures.ts';
import type { Team } from './places.ts';
import { createRandom, type Random } from './random.ts';

/** Puts an object into the site's file store. */
export type FileStore = (key: string, body: Buffer) => Promise<void>;

export interface Attachments {
  /** For `fileinfo`. */
  readonly rows: readonly Row[];
  readonly files: readonly SiteFile[];
  readonly objects: readonly StoredObject[];
}

/** Attaches files to messages throughout the history, the newest among them, and stores them. */
export async function attachFiles(
  seed: number,
  messages: readonly Message[],
  count: number,
  store: FileStore,
  documentLines?: LineRange,
): Promise<Attachments> {
  const random = createRandom(seed, 'attachments');
  const carriers = messages.filter(({ type, deletedAt, props, editedAt }) => {
    return type === '' && deletedAt === 0 && editedAt === 0 && props['from_bot'] === undefined;
  });
  const rows: Row[] = [];
  const files: SiteFile[] = [];
  const objects: StoredObject[] = [];
  for (let number = 1; number <= Math.min(count, carriers.length); number++) {
    const message = carriers[Math.floor((number * carriers.length) / Math.min(count, carriers.length)) - 1];
    if (message === undefined) continue;
    const id = random.id();
    message.fileIds = [...message.fileIds, id];
    const folder = folderOf(message, id);
    // Every third is a picture.
    const upload =
      number % 3 === 0
        ? picture(random, number)
        : { ...writeDocument(random, number, number, documentLines), image: undefined };
    const key = `${folder}/${upload.name}`;
    const stored = await put(store, key, upload.body);
    objects.push(stored);
    const stem = `${folder}/${upload.name.replace(/\.\w+$/, '')}`;
    if (upload.image) {
      objects.push(await put(store, `${stem}_thumb.png`, upload.image.thumbnail));
      objects.push(await put(store, `${stem}_preview.png`, upload.image.preview));
    }
    files.push({
      ...stored,
      id,
      name: upload.name,
      mimeType: upload.mimeType,
      postId: message.id,
      channelId: message.channel.id,
    });
    rows.push({
      id,
      creatorid: message.authorId,
      postid: message.id,
      createat: message.createdAt,
      updateat: message.createdAt,
      deleteat: 0,
      path: key,
      thumbnailpath: upload.image ? `${stem}_thumb.png` : '',
      previewpath: upload.image ? `${stem}_preview.png` : '',
      name: upload.name,
      extension: upload.extension,
      size: stored.size,
      mimetype: upload.mimeType,
      width: upload.image?.width ?? 0,
      height: upload.image?.height ?? 0,
      haspreviewimage: upload.image !== undefined,
      minipreview: null,
      content: upload.content,
      remoteid: '',
      archived: false,
      channelid: message.channel.id,
    });
  }
  return { rows, files, objects };
}

/** Portraits, the first team's icon and the site's own emoji: no rows of `fileinfo`, but people miss them first. */
export async function storePictures(
  seed: number,
  people: readonly Person[],
  [team]: readonly Team[],
  emojiIds: readonly string[],
  store: FileStore,
): Promise<StoredObject[]> {
  const random = createRandom(seed, 'pictures');
  const objects: StoredObject[] = [];
  for (const { id, bot } of people) {
    if (!bot) objects.push(await put(store, `users/${id}/profile.png`, drawPortrait(random, 128)));
  }
  if (team) objects.push(await put(store, `teams/${team.id}/teamIcon.png`, drawLantern(128)));
  for (const id of emojiIds) objects.push(await put(store, `emoji/${id}/image`, drawLantern(64)));
  return objects;
}

/** The folder that Mattermost gives an upload. */
function folderOf({ createdAt, channel, authorId }: Message, id: string): string {
  const day = new Date(createdAt).toISOString().slice(0, 10).replaceAll('-', '');
  return `${day}/teams/noteam/channels/${channel.id}/users/${authorId}/${id}`;
}

function picture(random: Random, number: number) {
  const [width, height] = random.pick([
    [480, 200],
    [320, 200],
    [640, 360],
  ] as const);
  const heights = Array.from({ length: random.between(5, 24) }, () => random.next());
  const draw = (across: number, down: number): Buffer => drawChart(heights, (number % 3) + 1, across, down);
  return {
    name: `chart-${String(number).padStart(2, '0')}.png`,
    extension: 'png',
    mimeType: 'image/png',
    body: draw(width, height),
    content: '',
    image: { width, height, thumbnail: draw(120, 100), preview: draw(width, height) },
  };
}

async function put(store: FileStore, key: string, body: Buffer): Promise<StoredObject> {
  await store(key, body);
  return { key, size: body.length, sha256: createHash('sha256').update(body).digest('hex') };
}
