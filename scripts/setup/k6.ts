import path from 'node:path';
import { installIntoCache } from './cache.ts';
import { withGo } from './go.ts';
import { lastWords, type Say } from './progress.ts';

export const K6_VERSION = '1.8.1';

/** Builds k6 from its sources into the cache; Go checks each module against its public checksum database. */
export function installK6(say: Say): Promise<boolean> {
  return withGo(say, (go) =>
    installIntoCache('k6', K6_VERSION, async (folder) => {
      const { ok, output } = await go(['install', '-v', '-modcacherw', `go.k6.io/k6@v${K6_VERSION}`], {
        title: `k6 ${K6_VERSION} from source, some minutes`,
        say,
        env: { GOBIN: path.join(folder, 'bin') },
      });
      if (!ok) say(`  go: ${lastWords(output)}`);
      return ok;
    }),
  );
}
