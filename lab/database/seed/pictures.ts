import { encodePng, type Colour } from './png.ts';
import type { Random } from './random.ts';

const INK: readonly Colour[] = [
  [24, 38, 62],
  [241, 178, 74],
  [78, 154, 166],
  [196, 77, 63],
  [236, 231, 218],
  [126, 141, 98],
];

/** A bar chart, as people take screenshots of; the same shape in any size. */
export function drawChart(heights: readonly number[], colour: number, width: number, height: number): Buffer {
  return encodePng(width, height, INK, (x, y) => {
    const bar = Math.floor((x / width) * heights.length);
    const inside = ((x / width) * heights.length) % 1 > 0.15;
    if (y === height - 1 || x === 0) return 0;
    return inside && 1 - y / height < (heights[bar] ?? 0) ? colour : 4;
  });
}

/** A mirrored pattern that is somebody's own. */
export function drawPortrait(random: Random, size: number): Buffer {
  const cells = Array.from({ length: 15 }, () => random.chance(0.55));
  const colour = random.between(1, 3);
  const cellAt = (position: number): number => Math.min(4, Math.floor((position / size) * 5));
  return encodePng(size, size, INK, (x, y) => {
    const column = Math.min(cellAt(x), 4 - cellAt(x));
    return cells[cellAt(y) * 3 + column] ? colour : 4;
  });
}

/** A lantern: a light in a dark frame. */
export function drawLantern(size: number): Buffer {
  return encodePng(size, size, INK, (x, y) => {
    const [across, down] = [Math.abs(x / size - 0.5), Math.abs(y / size - 0.5)];
    if (Math.hypot(across, down) < 0.2) return 1;
    return across < 0.32 && down < 0.42 ? 0 : 4;
  });
}
