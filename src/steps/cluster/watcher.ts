export const WATCHER = 'muster-watch';

/** An address for documentation (RFC 5737): nobody else dials it. */
export const OWN_ATTEMPT = { address: '203.0.113.77', port: 7 };

/**
 * A container in the site's own pods, and so in their network: it writes down whom any of them connects to, or tries to
 * (proc_net(5)). Packets that a policy drops leave a socket waiting for seconds, so no attempt is too short to be seen.
 * It makes one attempt itself, which has to be seen like any other.
 */
export function watcher(image: string): Readonly<Record<string, unknown>> {
  return {
    name: WATCHER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', SCRIPT],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
  };
}

/** The first process of a container hears only the signals that it asks for: without the trap its end takes 30 s. */
const SCRIPT = `
trap 'exit 0' TERM
(while true; do nc -w 3 ${OWN_ATTEMPT.address} ${OWN_ATTEMPT.port} </dev/null >/dev/null 2>&1; sleep 60; done) &
awk '
BEGIN {
  while (1) {
    count = 0
    for (i = 1; i <= 2; i++) {
      file = i == 1 ? "/proc/net/tcp" : "/proc/net/tcp6"
      while ((getline line < file) > 0) {
        split(line, field, " ")
        if (field[4] == "0A") serves[substr(field[2], length(field[2]) - 3)] = 1
        if (field[4] ~ /^(01|02|04|05|06|08|09|0B)$/) socket[count++] = field[2] " " field[3] " " field[4]
      }
      close(file)
    }
    for (i = 0; i < count; i++) {
      split(socket[i], field, " ")
      if (substr(field[1], length(field[1]) - 3) in serves) continue
      said = field[2] (field[3] == "02" ? " trying" : " open")
      if (!(said in seen)) { seen[said] = 1; print said; fflush() }
    }
    system("sleep 0.2")
  }
}' &
wait`;

export interface Seen {
  readonly address: string;
  readonly port: number;
  readonly was: 'open' | 'trying';
}

/** Reads a watcher's log. */
export function readWatched(log: string): readonly Seen[] {
  return log.split('\n').flatMap((line) => {
    const [, hex = '', port = '', was] =
      /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (open|trying)$/.exec(line) ?? [];
    return was === 'open' || was === 'trying'
      ? [{ address: addressOf(hex), port: Number.parseInt(port, 16), was }]
      : [];
  });
}

/** The kernel writes each 32-bit word as the machine has it in memory; those that run clusters are little-endian. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  if (bytes.length === 4) return [...bytes].join('.');
  const mapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'));
  if (mapped) return [...bytes.subarray(12)].join('.');
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
}
