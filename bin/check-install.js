// Plain JavaScript that an old Node can parse too: it is what tells people that their Node is old.
import { existsSync, readFileSync } from 'fs';

const here = (relative) => new URL('../' + relative, import.meta.url);
const manifest = JSON.parse(readFileSync(here('package.json'), 'utf8'));
const ownNode = 'node_modules/node/bin/node';

/** One line that says why Muster cannot start from this clone, or undefined when it can. */
export function findComplaint() {
  const absent = Object.keys(manifest.dependencies).find((name) => !existsSync(here('node_modules/' + name)));
  if (absent !== undefined) {
    return 'muster needs its packages, and ' + absent + ' is not installed; run `npm ci` in the clone';
  }
  const wanted = manifest.engines.node.replace('>=', '');
  if (!isOlder(process.version, wanted)) return undefined;
  const seen = 'muster needs Node.js ' + wanted + ' or newer and this is ' + process.version;
  if (existsSync(here(ownNode)))
    return seen + '; run it with `npx muster …` in the clone, or `npm run drill`';
  return (
    seen +
    ', and its own Node.js was not unpacked (`npm ci --ignore-scripts`?); ' +
    'run `npm rebuild node --ignore-scripts=false` in the clone'
  );
}

/** Ends this process with the exit code for a wrong use (NODE_TOO_OLD in src/model/errors.ts) if there is a complaint. */
export function exitOnComplaint() {
  const complaint = findComplaint();
  if (complaint === undefined) return;
  process.stderr.write(complaint + '\n');
  process.exit(64);
}

function isOlder(version, minimum) {
  const left = numbers(version);
  const right = numbers(minimum);
  const at = right.findIndex((part, i) => part !== left[i]);
  return at >= 0 && left[at] < right[at];
}

function numbers(version) {
  return version.replace('v', '').split('-')[0].split('.').map(Number);
}
