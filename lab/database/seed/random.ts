/** Chance that can be had again: the same seed gives the same answers in the same order. */
export interface Random {
  /** From 0 up to, but not with, 1. */
  next(): number;
  /** A whole number from 0 up to, but not with, `limit`. */
  below(limit: number): number;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Several different ones, in random order; fewer where there are not as many. */
  sample<T>(from: readonly T[], count: number): T[];
  /** 26 characters, as Mattermost makes its ids and tokens. */
  id(): string;
  bytes(count: number): Buffer;
}

// z-base-32 (https://philzimmermann.com/docs/human-oriented-base-32-encoding.txt), which Mattermost writes ids in.
const ID_ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** `purpose` parts streams, so that a change in one place does not shift the numbers of all others. */
export function createRandom(seed: number, purpose: string): Random {
  const draw = createGenerator(seed, purpose);
  const next = (): number => draw() / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick,
    sample(from, count) {
      const rest = [...from];
      const taken: typeof rest = [];
      while (taken.length < count && rest.length > 0) taken.push(...rest.splice(below(rest.length), 1));
      return taken;
    },
    id() {
      let text = '';
      while (text.length < 26) {
        for (let bits = draw(), count = 0; count < 6 && text.length < 26; count++, bits >>>= 5) {
          text += ID_ALPHABET[bits & 31];
        }
      }
      return text;
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}

/** Whole 32-bit numbers by Doty-Humphrey's sfc32 (PractRand), whose 128 bits of state never meet another stream's. */
function createGenerator(seed: number, purpose: string): () => number {
  let [a, b, c, counter] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, hashText(purpose), 1];
  const draw = (): number => {
    const result = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let warmUp = 0; warmUp < 16; warmUp++) draw();
  return draw;
}

function hashText(text: string): number {
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return hash;
}
