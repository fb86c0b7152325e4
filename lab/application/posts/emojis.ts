import type { Database } from '../database.ts';

export interface EmojiJson {
  id: string;
  create_at: number;
  update_at: number;
  delete_at: number;
  creator_id: string;
  name: string;
}

const CACHE_MS = 60_000;

/** The site's own emojis, by name. They are few, so all are kept and looked up without a query. */
export class Emojis {
  readonly #db: Database;
  #byName: Promise<Map<string, EmojiJson>> | undefined;
  #until = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(name: string): Promise<EmojiJson | undefined> {
    return (await this.#all()).get(name);
  }

  async list(): Promise<EmojiJson[]> {
    return [...(await this.#all()).values()];
  }

  /** Those that appear in a text as :name:, or are among the given names. */
  async used(text: string, names: readonly string[] = []): Promise<EmojiJson[]> {
    const all = await this.#all();
    const inText = [...text.matchAll(/:([a-z0-9_+-]+):/g)].map((match) => match[1] ?? '');
    return [...new Set([...inText, ...names])].flatMap((name) => all.get(name) ?? []);
  }

  clearCache(): void {
    this.#byName = undefined;
  }

  #all(): Promise<Map<string, EmojiJson>> {
    if (!this.#byName || this.#until < Date.now()) {
      this.#until = Date.now() + CACHE_MS;
      const loading = this.#load();
      loading.catch(() => this.clearCache());
      this.#byName = loading;
    }
    return this.#byName;
  }

  async #load(): Promise<Map<string, EmojiJson>> {
    const rows = await this.#db.rows<EmojiJson>(
      `SELECT id, createat AS create_at, updateat AS update_at, deleteat AS delete_at, creatorid AS creator_id, name
       FROM emoji WHERE deleteat = 0 ORDER BY name`,
    );
    return new Map(rows.map((emoji) => [emoji.name, emoji]));
  }
}
