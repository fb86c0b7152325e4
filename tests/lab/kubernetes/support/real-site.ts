import { raiseRealSite } from '../../support/real-site.ts';

/** The site of the real backups, lost, and an empty cluster: `unshare --net node real-site.ts BACKUPS`. Stays. */
await raiseRealSite(process.argv[2] ?? '', {
  say: (line) => void process.stdout.write(`${line}\n`),
  signal: new AbortController().signal,
  kubernetes: true,
});
