export interface Link {
  readonly target: string;
  readonly line: number;
}

export interface Fence {
  /** What follows the backquotes: `ts file=drills/quarterly.drill.ts`. */
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

export interface Section {
  readonly level: number;
  readonly heading: string;
  /** Until the next heading of any level. */
  readonly text: string;
}

export interface Markdown {
  readonly links: readonly Link[];
  readonly fences: readonly Fence[];
  readonly sections: readonly Section[];
  /** The headings as anchors, the way code hosts make them. */
  readonly anchors: ReadonlySet<string>;
}

/** As much of Markdown as the checks of our own pages need: links, fenced code and headings. */
export function readMarkdown(text: string): Markdown {
  const links: Link[] = [];
  const fences: Fence[] = [];
  const sections: { level: number; heading: string; text: string }[] = [];
  let open: { fence: string; info: string; lines: string[]; line: number } | undefined;

  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const section = sections.at(-1);
    if (section) section.text += `${content}\n`;
    const fence = /^\s*(`{3,})\s*(.*)$/.exec(content);
    if (open) {
      if (fence?.[1] === open.fence && fence[2] === '') {
        fences.push({ info: open.info, text: `${open.lines.join('\n')}\n`, line: open.line });
        open = undefined;
      } else open.lines.push(content);
      continue;
    }
    if (fence) {
      open = { fence: fence[1] ?? '', info: (fence[2] ?? '').trim(), lines: [], line };
      continue;
    }
    const heading = /^(#{1,6})\s+(.+?)\s*$/.exec(content);
    if (heading) sections.push({ level: heading[1]?.length ?? 1, heading: heading[2] ?? '', text: '' });
    for (const [, target = ''] of withoutCode(content).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
      links.push({ target, line });
    }
  }
  return { links, fences, sections, anchors: anchorsOf(sections) };
}

function withoutCode(line: string): string {
  return line.replaceAll(/`[^`]*`/g, '');
}

function anchorsOf(sections: readonly Section[]): Set<string> {
  const anchors = new Set<string>();
  for (const { heading } of sections) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let name = anchor;
    for (let again = 1; anchors.has(name); again++) name = `${anchor}-${again}`;
    anchors.add(name);
  }
  return anchors;
}
