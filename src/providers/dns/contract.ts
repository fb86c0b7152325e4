/** What a server says about a name. */
export interface DnsAnswer {
  /** IPv4 and IPv6, in the order of the answer. Empty when the name has none. */
  readonly addresses: readonly string[];
  /** How long this answer may still be kept, in seconds: the least of its records. 0 when there are none. */
  readonly ttl: number;
}

export interface DnsCallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PointOptions extends DnsCallOptions {
  /** Seconds that resolvers may keep the new answer. */
  readonly ttl: number;
}

/**
 * The authoritative side of one name's zone. Opening it asks and changes nothing. Everything here rejects with
 * DNS_UNREACHABLE when the server is not there or refuses, and says which of the two it was.
 */
export interface DnsZone extends AsyncDisposable {
  /** For people and evidence: `rfc2136://127.0.0.1:5353/drill.test`. */
  readonly location: string;
  /** False where Muster may only look: then `point` and `remove` reject with CONFIG_INVALID. */
  readonly canSwitch: boolean;
  /** What the authority says now, past every cache. */
  current(name: string, options?: DnsCallOptions): Promise<DnsAnswer>;
  /**
   * Replaces all addresses of the name by these, in one transaction, and verifies it with the authority. Doing it
   * again changes nothing. Rejects with CONFIG_INVALID for a name that is an alias (CNAME) of another.
   */
  point(name: string, addresses: string | readonly string[], options: PointOptions): Promise<void>;
  /** Takes all addresses of the name away. Does nothing when there are none. */
  remove(name: string, options?: DnsCallOptions): Promise<void>;
}
