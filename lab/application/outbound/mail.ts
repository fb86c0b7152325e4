import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import type { Settings } from '../settings-defaults.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Greets the mail server and leaves, as the official server does at start. Rejects when that fails. */
export async function testMailServer(settings: Settings['EmailSettings']): Promise<void> {
  const session = await openSession(settings);
  await session.command('QUIT', 221);
  session.close();
}

/** Hands one mail to the configured server. Rejects with the server's own words when it refuses. */
export async function sendMail(
  settings: Settings['EmailSettings'],
  { to, subject, text }: Mail,
): Promise<void> {
  const from = settings.FeedbackEmail || 'test@example.com';
  const session = await openSession(settings);
  try {
    await session.command(`MAIL FROM:<${from}>`, 250);
    await session.command(`RCPT TO:<${to.replaceAll(/[\r\n<>]/g, '')}>`, 250);
    await session.command('DATA', 354);
    const headers = [
      `From: ${encodeHeader(settings.FeedbackName)} <${from}>`,
      `To: <${to}>`,
      `Subject: ${encodeHeader(subject)}`,
      `Date: ${new Date().toUTCString()}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
    ];
    const body = Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\r\n');
    await session.command(`${headers.join('\r\n')}\r\n\r\n${body}\r\n.`, 250);
    await session.command('QUIT', 221);
  } finally {
    session.close();
  }
}

interface Session {
  command(line: string, expected: number): Promise<void>;
  close(): void;
}

async function openSession(
  settings: Settings['EmailSettings'] & { ConnectionSecurity?: string },
): Promise<Session> {
  const options = { host: settings.SMTPServer || 'localhost', port: Number(settings.SMTPPort) };
  const timeoutMs = settings.SMTPServerTimeout * 1000;
  const isTls = settings.ConnectionSecurity === 'TLS';
  const plain = isTls ? connectTls(options) : connect(options);
  let session = talk(plain, timeoutMs);
  await session.expect(220);
  await session.command('EHLO localhost', 250);
  if (settings.ConnectionSecurity === 'STARTTLS') {
    await session.command('STARTTLS', 220);
    session = talk(connectTls({ socket: plain, servername: options.host }), timeoutMs);
    await session.command('EHLO localhost', 250);
  }
  if (settings.EnableSMTPAuth) {
    const credentials = Buffer.from(`\0${settings.SMTPUsername}\0${settings.SMTPPassword}`).toString(
      'base64',
    );
    await session.command(`AUTH PLAIN ${credentials}`, 235);
  }
  return session;
}

function talk(socket: Socket, timeoutMs: number): Session & { expect(code: number): Promise<void> } {
  const lines = createInterface({ input: socket });
  const answers = lines[Symbol.asyncIterator]();
  let failure: Error | undefined;
  // readline does not hand on what breaks the socket.
  socket.on('error', (error) => {
    failure = error;
    lines.close();
  });
  socket.setTimeout(timeoutMs, () =>
    socket.destroy(new Error(`no answer from the mail server within ${timeoutMs / 1000} s`)),
  );
  const expect = async (code: number): Promise<void> => {
    for (;;) {
      const { value, done } = await answers.next();
      if (done) throw failure ?? new Error('the mail server has closed the connection');
      const line = String(value);
      // "250-" goes on, "250 " is the last line of an answer.
      if (line[3] === '-') continue;
      if (Number(line.slice(0, 3)) !== code)
        throw new Error(`the mail server answered "${line}", not ${code}`);
      return;
    }
  };
  return {
    expect,
    command: (line, code) => {
      socket.write(`${line}\r\n`);
      return expect(code);
    },
    close: () => socket.destroy(),
  };
}

function encodeHeader(text: string): string {
  return `=?utf-8?B?${Buffer.from(text.replaceAll(/[\r\n]/g, ' ')).toString('base64')}?=`;
}
