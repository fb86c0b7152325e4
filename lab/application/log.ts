/** One line per event on standard output, as JSON, the way Mattermost's console logger writes it. */
export const log = {
  info: (message: string, fields: Fields = {}): void => write('info', message, fields),
  warn: (message: string, fields: Fields = {}): void => write('warn', message, fields),
  error: (message: string, fields: Fields = {}): void => write('error', message, fields),
};

type Fields = Readonly<Record<string, unknown>>;

function write(level: string, msg: string, fields: Fields): void {
  const shown = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? value.message : value]),
  );
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, msg, ...shown })}\n`);
}
