import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { App } from './app.ts';
import { mimeTypeOf } from './mime-types.ts';

const FOLDER = new URL('./page/', import.meta.url);
const files = new Map<string, Buffer>();

// Nothing from elsewhere runs; pictures in messages may come from anywhere, as in Mattermost.
const POLICY =
  "default-src 'self'; img-src * data: blob:; style-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'";

/** Serves the single page and its files; any other address that is not the API's is the page, too. */
export async function servePage(
  app: App,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.writeHead(405).end();
    return;
  }
  const asset = /^\/static\/([a-z-]+\.(?:js|css|svg))$/.exec(path)?.[1];
  if (path.startsWith('/static/') && !asset) {
    res.writeHead(404).end();
    return;
  }
  const name = asset ?? 'index.html';
  const bytes = asset ? await readPageFile(name) : await fillPage(app);
  if (!bytes) {
    res.writeHead(404).end();
    return;
  }
  res.writeHead(200, {
    'Content-Type': mimeTypeOf(extname(name).slice(1)),
    'Content-Length': bytes.length,
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': POLICY,
    'X-Frame-Options': 'DENY',
  });
  res.end(req.method === 'HEAD' ? undefined : bytes);
}

/** The page learns from its own HTML what GET /config/client keeps from the unlicensed: whether SSO is on. */
async function fillPage(app: App): Promise<Buffer | undefined> {
  const page = await readPageFile('index.html');
  const { Enable, ButtonText } = app.settings.GitLabSettings;
  const facts = {
    gitlab: Enable && !app.settings.StandInSettings.HideSSOButton,
    gitlabText: ButtonText || 'GitLab',
  };
  const attribute = JSON.stringify(facts).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return page && Buffer.from(page.toString('utf8').replace('data-site=""', `data-site="${attribute}"`));
}

async function readPageFile(name: string): Promise<Buffer | undefined> {
  const cached = files.get(name);
  if (cached) return cached;
  try {
    const bytes = await readFile(new URL(name, FOLDER));
    files.set(name, bytes);
    return bytes;
  } catch {
    return undefined;
  }
}
