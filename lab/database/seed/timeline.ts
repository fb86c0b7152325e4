import type { Random } from './random.ts';

const DAY = 86_400_000;

/** Moments in order: quiet nights and weekends, and now and then an incident that everybody talks about. */
export function drawTimeline(random: Random, count: number, from: number, to: number): number[] {
  const days = Math.max(1, Math.floor((to - from) / DAY));
  const weights = Array.from({ length: days }, (_, day) => {
    const weekend = new Date(from + day * DAY).getUTCDay() % 6 === 0;
    return (weekend ? 0.35 : 1) * (random.chance(0.03) ? 6 : 0.7 + random.next() * 0.6);
  });
  const ends: number[] = [];
  let total = 0;
  for (const weight of weights) ends.push((total += weight));
  const moments = Array.from({ length: count }, () => {
    const day = findDay(ends, random.next() * total);
    // The mean of two draws: most is said around noon.
    const hour = (random.next() + random.next()) / 2;
    return Math.min(to, Math.floor(from + (day + hour) * DAY));
  });
  // The history reaches from its first day to just now, whatever chance made of the rest.
  const anchors = [from, to - 240_000, to - 150_000, to - 60_000, to].slice(-Math.max(1, count));
  return [...moments.slice(anchors.length), ...anchors].sort((a, b) => a - b);
}

function findDay(ends: readonly number[], target: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) < target) low = middle + 1;
    else high = middle;
  }
  return low;
}
