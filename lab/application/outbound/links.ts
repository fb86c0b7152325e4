import type { Database } from '../database.ts';
import { log } from '../log.ts';
import { readImageSize } from '../image-size.ts';
import type { PostMetadata, PostRow } from '../posts/post.ts';
import type { Settings } from '../settings-defaults.ts';
import type { HttpClient } from './http.ts';

const HOUR_MS = 3_600_000;
const MAX_PER_POST = 10;

interface Link {
  readonly url: string;
  readonly isImage: boolean;
  readonly timestamp: number;
  readonly hash: number;
}

interface MetadataRow {
  hash: number;
  url: string;
  type: 'image' | 'opengraph' | 'none';
  data: unknown;
}

/**
 * Pictures and links in messages. What `linkmetadata` does not know is fetched, also when an old post is read:
 * links only with ServiceSettings.EnableLinkPreviews, inline pictures always (Mattermost has no setting for them).
 */
export class Links {
  readonly #db: Database;
  readonly #http: HttpClient;
  readonly #settings: Settings;
  readonly #fetching = new Set<number>();

  constructor(db: Database, http: HttpClient, settings: Settings) {
    this.#db = db;
    this.#http = http;
    this.#settings = settings;
  }

  /** What is known now, by post; the unknown is fetched behind the answer's back, so that no reader waits. */
  async describe(posts: readonly PostRow[]): Promise<Map<string, Pick<PostMetadata, 'embeds' | 'images'>>> {
    const linksByPost = new Map(posts.flatMap((post) => pairIfAny(post, this.#linksOf(post))));
    if (linksByPost.size === 0) return new Map();
    const links = [...linksByPost.values()].flat();
    const rows = await this.#db.rows<MetadataRow>(
      'SELECT hash, url, type, data FROM linkmetadata WHERE hash = ANY($1)',
      [links.map(({ hash }) => hash)],
    );
    const known = new Map(rows.map((row) => [row.hash, row]));
    for (const link of links) if (!known.has(link.hash)) void this.#fetch(link);
    return new Map([...linksByPost].map(([id, own]) => [id, describeLinks(own, known)]));
  }

  #linksOf(post: PostRow): Link[] {
    if (post.deleteat > 0 || !/https?:\/\//i.test(post.message)) return [];
    const timestamp = Math.floor(post.createat / HOUR_MS) * HOUR_MS;
    const make = (url: string, isImage: boolean): Link => ({
      url,
      isImage,
      timestamp,
      hash: linkHash(url, timestamp),
    });
    const images = [...post.message.matchAll(/!\[[^\]]*\]\((https?:\/\/[^\s)]+)/gi)].map((match) =>
      make(match[1] ?? '', true),
    );
    const text = post.message.replaceAll(/!\[[^\]]*\]\([^)]*\)/g, ' ');
    const first = /https?:\/\/[^\s<>()"]+/i.exec(text)?.[0].replace(/[.,;:!?]+$/, '');
    const preview =
      first && this.#settings.ServiceSettings.EnableLinkPreviews && !this.#isOwn(first)
        ? [make(first, false)]
        : [];
    return [...images, ...preview].filter(({ url }) => URL.canParse(url)).slice(0, MAX_PER_POST);
  }

  #isOwn(url: string): boolean {
    const { SiteURL } = this.#settings.ServiceSettings;
    return SiteURL !== '' && url.startsWith(SiteURL);
  }

  async #fetch(link: Link): Promise<void> {
    if (this.#fetching.has(link.hash)) return;
    this.#fetching.add(link.hash);
    try {
      const { type, data } = await this.#read(link.url);
      await this.#db.rows(
        'INSERT INTO linkmetadata (hash, url, timestamp, type, data) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
        [link.hash, link.url, link.timestamp, type, JSON.stringify(data)],
      );
    } catch (error) {
      log.warn('Cannot write what a link leads to', { url: link.url, error });
    } finally {
      this.#fetching.delete(link.hash);
    }
  }

  async #read(url: string): Promise<Pick<MetadataRow, 'type' | 'data'>> {
    try {
      const timeoutMs = this.#settings.ExperimentalSettings.LinkMetadataTimeoutMilliseconds;
      const response = await this.#http.send({ url, trusted: false, timeoutMs });
      const contentType = response.headers['content-type'] ?? '';
      if (response.status !== 200) return { type: 'none', data: null };
      if (contentType.startsWith('image/')) {
        const size = readImageSize(response.body);
        return {
          type: 'image',
          data: {
            height: size?.height ?? 0,
            width: size?.width ?? 0,
            format: contentType.slice(6),
            frame_count: 0,
          },
        };
      }
      return contentType.startsWith('text/html')
        ? readOpenGraph(url, response.body.toString('utf8'))
        : { type: 'none', data: null };
    } catch (error) {
      log.warn('A link in a message could not be fetched', { url, error });
      return { type: 'none', data: null };
    }
  }
}

/** FNV-1 (32 bit) over the hour as a little-endian int64 and the address: the key of `linkmetadata`. */
export function linkHash(url: string, timestamp: number): number {
  const hour = Buffer.alloc(8);
  hour.writeBigInt64LE(BigInt(timestamp));
  let hash = 2_166_136_261;
  for (const byte of [...hour, ...Buffer.from(url)]) hash = (Math.imul(hash, 16_777_619) ^ byte) >>> 0;
  return hash;
}

const pairIfAny = (post: PostRow, links: Link[]): [string, Link[]][] =>
  links.length > 0 ? [[post.id, links]] : [];

function describeLinks(
  links: readonly Link[],
  known: ReadonlyMap<number, MetadataRow>,
): Pick<PostMetadata, 'embeds' | 'images'> {
  const embeds: unknown[] = [];
  const images: Record<string, unknown> = {};
  for (const { url, isImage, hash } of links) {
    const row = known.get(hash);
    if (row?.type === 'image') images[url] = row.data;
    if (isImage || !row) continue;
    if (row.type === 'image') embeds.push({ type: 'image', url });
    else if (row.type === 'opengraph') embeds.push({ type: 'opengraph', url, data: row.data });
    else embeds.push({ type: 'link', url });
  }
  return { ...(embeds.length > 0 && { embeds }), ...(Object.keys(images).length > 0 && { images }) };
}

function readOpenGraph(url: string, html: string): Pick<MetadataRow, 'type' | 'data'> {
  const property = (name: string): string =>
    new RegExp(`<meta[^>]+property=["']og:${name}["'][^>]+content=["']([^"']*)`, 'i').exec(html)?.[1] ?? '';
  const title = property('title') || (/<title>([^<]*)/i.exec(html)?.[1] ?? '').trim();
  if (!title) return { type: 'none', data: null };
  return {
    type: 'opengraph',
    data: { type: property('type'), url, title, description: property('description'), images: null },
  };
}
