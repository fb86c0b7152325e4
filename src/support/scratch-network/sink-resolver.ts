/** A resolver that knows nothing and always answers, so that what was asked for can be told by name. */
export interface SinkResolver {
  /** The answer to a query in wire format (RFC 1035, 4); undefined for what is none. */
  answer(query: Buffer): Buffer | undefined;
  /** Names that were asked for and may not be reached, and how often. */
  readonly asked: ReadonlyMap<string, number>;
  /** The name that each address of our own making was given for. */
  readonly names: ReadonlyMap<string, string>;
}

const TYPE = { A: 1, AAAA: 28 } as const;
const [NO_ERROR, NO_SUCH_NAME] = [0, 3];

/**
 * Declared names get their addresses. Any other gets one of its own from 198.18.0.0/15, which belongs to nobody (RFC
 * 2544): a connection that is then tried is counted there, and its name is known. Names that never exist (RFC 2606's
 * `.invalid`) do not exist here either.
 */
export function openSinkResolver(declared: ReadonlyMap<string, readonly string[]>): SinkResolver {
  const asked = new Map<string, number>();
  const given = new Map<string, string>();
  const names = new Map<string, string>();

  function addressesOf(name: string): readonly string[] | undefined {
    const known = declared.get(name);
    if (known !== undefined) return known;
    asked.set(name, (asked.get(name) ?? 0) + 1);
    if (/(^|\.)invalid$/.test(name)) return undefined;
    const address = given.get(name) ?? inBenchmarkingRange(given.size + 1);
    given.set(name, address);
    names.set(address, name);
    return [address];
  }

  return {
    asked,
    names,
    answer(query) {
      const question = readQuestion(query);
      if (question === undefined) return undefined;
      // Asked for both at once, a name is counted once.
      const addresses =
        question.type === TYPE.AAAA ? (declared.get(question.name) ?? []) : addressesOf(question.name);
      return writeAnswer(query, question, addresses);
    },
  };
}

/** The n-th address of 198.18.0.0/15, from the first again when all are used up. */
function inBenchmarkingRange(n: number): string {
  return `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}`;
}

interface Question {
  readonly name: string;
  readonly type: number;
  /** Where it ends in the message. */
  readonly end: number;
}

function readQuestion(message: Buffer): Question | undefined {
  if (message.length < 17 || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    if (length > 63 || at + 1 + length >= message.length) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  if (at + 5 > message.length) return undefined;
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** Without addresses the name is said not to exist; with none of the wanted kind, to have none of that kind. */
function writeAnswer(
  query: Buffer,
  { type, end }: Question,
  addresses: readonly string[] | undefined,
): Buffer {
  const records = (addresses ?? []).filter(
    (address) => type === (address.includes(':') ? TYPE.AAAA : TYPE.A),
  );
  const header = Buffer.from(query.subarray(0, 12));
  // An answer, recursion desired as asked and available.
  header.writeUInt16BE(0x8080 | (query.readUInt16BE(2) & 0x0100) | (addresses ? NO_ERROR : NO_SUCH_NAME), 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([
    header,
    query.subarray(12, end),
    ...records.map((address) => writeRecord(type, address)),
  ]);
}

function writeRecord(type: number, address: string): Buffer {
  const data = type === TYPE.A ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const record = Buffer.alloc(12);
  // The name is the question's.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(1, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const bytes = Buffer.alloc(16);
  [...left, ...(tail === undefined ? [] : zeros), ...right].forEach((group, i) =>
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * i),
  );
  return bytes;
}
