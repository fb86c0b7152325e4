import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface HttpSink extends AsyncDisposable {
  readonly url: string;
  readonly calls: Call[];
}

/** A web server that takes everything; pictures for .png, nothing else. */
export async function openHttpSink(): Promise<HttpSink> {
  const calls: Call[] = [];
  const server = createHttpServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      calls.push({ method: req.method ?? '', path: req.url ?? '', body });
      if (req.url?.endsWith('.png')) res.setHeader('Content-Type', 'image/png');
      res.end(req.url?.endsWith('.png') ? ONE_PIXEL : '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface MailSink extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
  /** Recipients of whole mails. */
  readonly recipients: string[];
}

/** A mail server that takes everything. */
export async function openMailSink(): Promise<MailSink> {
  let connections = 0;
  const recipients: string[] = [];
  const server = createServer((socket) => {
    connections++;
    let inMail = false;
    socket.on('error', () => undefined);
    socket.write('220 sink\r\n');
    socket.on('data', (data) => {
      const text = data.toString();
      if (inMail) {
        inMail = !text.endsWith('\r\n.\r\n');
        if (!inMail) socket.write('250 taken\r\n');
        return;
      }
      const to = /^RCPT TO:<(.*)>/.exec(text)?.[1];
      if (to) recipients.push(to);
      inMail = text.startsWith('DATA');
      socket.write(inMail ? '354 go on\r\n' : text.startsWith('QUIT') ? '221 bye\r\n' : '250 fine\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    recipients,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
