import { SharedArray } from 'k6/data';

export interface LoadUser {
  readonly id: string;
  readonly token: string;
}

export interface Site {
  readonly url: string;
  readonly teamId: string;
  /** The only channel that load is written to; it was made for it. */
  readonly loadChannelId: string;
  /** Channels with history, to read in. */
  readonly readChannelIds: readonly string[];
  /** Threads in those channels, by their first message. */
  readonly threadIds: readonly string[];
}

const NOWHERE: Site = {
  url: 'https://localhost',
  teamId: '',
  loadChannelId: '',
  readChannelIds: [],
  threadIds: [],
};

/** Written by the step, readable by its owner alone: tokens are not for argument lists. */
const file = __ENV['MUSTER_LOAD_FILE'];

export const users = new SharedArray<LoadUser>('users', () => (file ? JSON.parse(open(file)).users : []));
export const site: Site = file ? (JSON.parse(open(file)).site as Site) : NOWHERE;

export function anyUser(): LoadUser {
  return pick(users) ?? { id: '', token: '' };
}

export function anyChannel(): string {
  return pick(site.readChannelIds) ?? site.loadChannelId;
}

export function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}
