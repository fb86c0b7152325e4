import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { connectAsOwner } from '../../lab/database/cluster.ts';
import { NOWHERE } from '../../lab/database/seed/production.ts';
import type { ConfigInput } from '../../src/model/config.ts';
import { minutes } from '../../src/model/duration.ts';
import { runLayout } from '../../src/model/layout.ts';
import { openLabSite, type LabSite } from '../bad-input/support/lab-site.ts';
import { checksOf, runMuster, type MusterRun } from './run-muster.ts';

/** What is shorter could be anybody's words: "Thanks!", "on it". */
const TELLING = 24;

describe('a whole drill that redacts, with a sign-in that fails', () => {
  let site: LabSite;
  let run: MusterRun;

  beforeAll(async () => {
    site = await openLabSite();
    const file = path.join(site.directory, 'redacting.yaml');
    await writeFile(file, stringify(await spoil(site)));
    run = await runMuster(['run', 'quarterly', '--config', file, '--confirm', 'chat.drill.test']);
  }, minutes(15));
  afterAll(async () => site?.[Symbol.asyncDispose](), minutes(2));

  it('reports it, and has nothing that cannot be blurred', async () => {
    const checks = [...checksOf(run.events).values()];
    const missed = checks.filter(({ verdict }) => verdict === 'missed').map(({ code }) => code);
    expect(missed, run.output.slice(-3000)).toContain('SIGN_IN_REFUSED');
    expect(run.exitCode).toBe(1);
    expect(existsSync(runLayout(run.runDir).report)).toBe(true);
    const names = await readdir(run.runDir, { recursive: true });
    expect(names.filter((name) => /\.(zip|webm)$/.test(name))).toEqual([]);
  });

  it('has no message text in any file, whatever it is packed in', async () => {
    const texts = await readTexts(site);
    expect(texts.length).toBeGreaterThan(100);
    expect(await findIn(run.runDir, texts)).toEqual([]);
  });

  it('has no secret in any file', async () => {
    const secrets = await readSecrets(site);
    expect(secrets.length).toBeGreaterThan(12);
    expect(await findIn(run.runDir, secrets)).toEqual([]);
    expect(secrets.filter((secret) => run.output.includes(secret))).toEqual([]);
  });

  it("would have found them in plain text and in a report's packed data", async () => {
    const folder = path.join(site.directory, 'planted');
    await mkdir(folder);
    const [text = '', secret = ''] = ['a text of "somebody" who wrote to us', (await readSecrets(site))[0]];
    const packed = Buffer.from(JSON.stringify({ text })).toString('base64');
    await writeFile(path.join(folder, 'plain.log'), `before ${secret} after`);
    await writeFile(path.join(folder, 'report.html'), `<script>d("${packed}")</script>`);
    expect((await findIn(folder, [text, secret])).toSorted()).toEqual([
      expect.stringContaining('plain.log'),
      expect.stringContaining('report.html'),
    ]);
  });
});

/** The default of `privacy`, and somebody who cannot sign in any more: what fails leaves more behind. */
async function spoil(site: LabSite): Promise<ConfigInput> {
  const { privacy: _keep, ...config } = site.wholeConfig();
  const file = path.join(site.directory, 'wrong-totp');
  await writeFile(file, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const last = config.members.findLastIndex(({ part }) => part === 'member');
  return {
    ...config,
    members: config.members.map((member, index) => (index === last ? { ...member, totp: { file } } : member)),
  };
}

/** What people have written, as the backup has it. */
async function readTexts({ server }: LabSite): Promise<readonly string[]> {
  const client = await connectAsOwner(server);
  try {
    const { rows } = await client.query<{ message: string }>(
      `select distinct message from posts where length(message) >= $1
        union select distinct message from drafts where length(message) >= $1
        union select distinct message from scheduledposts where length(message) >= $1`,
      [TELLING],
    );
    // Canaries are ours, and say who they are.
    return rows.map(({ message }) => message).filter((message) => !message.startsWith('canary '));
  } finally {
    await client.end();
  }
}

/** All that the config refers to, and what the backups hold of production's own. */
async function readSecrets(site: LabSite): Promise<readonly string[]> {
  const files = [...JSON.stringify(site.wholeConfig()).matchAll(/\{"file":"([^"]+)"\}/g)].map(
    ([, file = '']) => file,
  );
  const ours = await Promise.all(files.map(async (file) => (await readFile(file, 'utf8')).trim()));
  return [...new Set([...ours, NOWHERE.databasePassword, 'lab-only-secret-access-key'])];
}

/** The files that hold one of these, in plain text or in what can be unpacked: "FILE: TEXT". */
async function findIn(folder: string, needles: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const wanted = needles.map((needle) => ({ needle, forms: formsOf(needle) }));
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const layers = unpack(await readFile(file));
    for (const { needle, forms } of wanted) {
      if (forms.some((form) => layers.some((layer) => layer.includes(form))))
        found.push(`${path.relative(folder, file)}: ${needle}`);
    }
  }
  return found;
}

function formsOf(needle: string): readonly string[] {
  return [...new Set([needle, JSON.stringify(needle).slice(1, -1), encodeURIComponent(needle)])];
}

/** The bytes, and what is packed in them: base64, as single-file reports hold their data, and gzip. */
function unpack(bytes: Buffer, depth = 0): readonly string[] {
  const text = bytes.toString('utf8');
  if (depth === 3) return [text];
  const inner = [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].flatMap(([packed]) =>
    unpack(Buffer.from(packed, 'base64'), depth + 1),
  );
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpack(gunzipSync(bytes), depth + 1) : [];
  return [text, ...inner, ...gzip];
}
