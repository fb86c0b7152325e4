import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSinkResolver, type SinkResolver } from '../../../src/support/scratch-network/sink-resolver.ts';

const socket = () => createSocket('udp4');
let sink: SinkResolver;
let server: ReturnType<typeof socket>;
let client: Resolver;

beforeEach(async () => {
  sink = openSinkResolver(new Map([['idp.example', ['127.66.0.1', '2001:db8::7']]]));
  server = socket();
  server.on('message', (query, from) => {
    const answer = sink.answer(query);
    if (answer) server.send(answer, from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  client = new Resolver({ timeout: 2_000, tries: 1 });
  client.setServers([`127.0.0.1:${server.address().port}`]);
});
afterEach(() => server.close());

it('gives declared names their addresses, whatever the case, and does not count them', async () => {
  expect(await client.resolve4('IdP.example')).toEqual(['127.66.0.1']);
  expect(await client.resolve6('idp.example')).toEqual(['2001:db8::7']);
  expect(sink.asked.size).toBe(0);
});

it('gives each other name an address of its own, by which it is known again', async () => {
  const [first] = await client.resolve4('notices.example');
  const [second] = await client.resolve4('push.example');
  expect(await client.resolve4('notices.example')).toEqual([first]);
  expect(second).not.toBe(first);
  expect([...sink.names]).toEqual([
    [first, 'notices.example'],
    [second, 'push.example'],
  ]);
  expect([...sink.asked]).toEqual([
    ['notices.example', 2],
    ['push.example', 1],
  ]);
});

it('says that a name has no IPv6 address, and counts it once when both are asked for', async () => {
  await expect(client.resolve6('notices.example')).rejects.toMatchObject({ code: 'ENODATA' });
  await client.resolve4('notices.example');
  expect(sink.asked.get('notices.example')).toBe(1);
});

it('knows no name that never exists, and still tells that it was asked for', async () => {
  await expect(client.resolve4('quarantined.invalid')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect([...sink.asked.keys()]).toEqual(['quarantined.invalid']);
});

it('does not answer what is no question', () => {
  expect(sink.answer(Buffer.from('hello'))).toBeUndefined();
  expect(sink.answer(Buffer.alloc(40, 0xff))).toBeUndefined();
});
