import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessRef } from '../src/support/processes.ts';
import type { LabState } from './state.ts';

/** Where what people and servers reach of a site and of its copy listens. */
export interface SiteAddresses {
  readonly primary: string;
  readonly scratch: string;
  readonly primaryIdp: string;
  readonly secondaryIdp: string;
  /** Of the primary site. */
  readonly database: string;
  /** Of a server for restored copies, where there is one. */
  readonly scratchDatabase: string;
}

/** Of a lab that is nothing but processes on this machine. */
export const ADDRESSES: SiteAddresses = {
  primary: '127.0.0.10',
  scratch: '127.0.0.20',
  primaryIdp: '127.0.0.11',
  secondaryIdp: '127.0.0.21',
  database: '127.0.0.1',
  scratchDatabase: '127.0.0.1',
};

/** What the parts of a lab are given while it comes up. */
export interface LabUnderway {
  readonly directory: string;
  readonly state: LabState;
  readonly stay: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly zone: string;
  readonly addresses: SiteAddresses;
  readonly sitePort: number;
  readonly siteUrl: string;
  /** Writes a started process down before anything else happens. */
  note(role: string, process: ProcessRef, options?: { primary?: boolean; endpoint?: string }): Promise<void>;
}

export const BUCKETS = {
  backups: 'mattermost-backups',
  archive: 'drill-evidence',
  copies: 'mattermost-copies',
  scratch: 'mattermost-scratch-files',
};

/** A secret in a file of its own, readable by its owner alone, for the config to refer to. */
export async function writeSecret(lab: LabUnderway, name: string, value: string): Promise<{ file: string }> {
  const file = path.join(lab.directory, 'secrets', name);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${value}\n`, { mode: 0o600 });
  return { file };
}

export function drawSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** 160 bits in base32, as authenticators take them (RFC 4226, section 4). */
export function drawTotpSecret(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(randomBytes(32), (byte) => alphabet[byte % 32]).join('');
}
