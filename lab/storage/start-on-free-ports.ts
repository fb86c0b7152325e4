import { DrillError } from '../../src/model/errors.ts';

const ATTEMPTS = 3;

/** Between finding a port and listening on it somebody else may take it: then the server ends at once. Try others. */
export async function startOnFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const endedAtOnce = error instanceof DrillError && error.details['endedAtOnce'] === true;
      if (!endedAtOnce || attempt === ATTEMPTS) throw error;
    }
  }
}
