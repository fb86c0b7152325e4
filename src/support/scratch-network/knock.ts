import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/**
 * Tries to leave by TCP over IPv4 and IPv6, to a name, and by UDP: `node knock.ts NAME IPV6 IPV4 PORT`. Whether it gets
 * anywhere is all the same: it is there to be counted.
 */
const [name = '', ipv6 = '', ipv4 = '', port = '9'] = process.argv.slice(2);

async function knockByTcp(host: string): Promise<void> {
  const socket = connect({ host, port: Number(port), timeout: 2_000, autoSelectFamily: false });
  socket.once('timeout', () => socket.destroy());
  socket.once('connect', () => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
}

async function knockByUdp(address: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.send('', Number(port), address, () => resolve()));
  socket.close();
}

await Promise.all([knockByTcp(name), knockByTcp(ipv6), knockByUdp(ipv4)]);
