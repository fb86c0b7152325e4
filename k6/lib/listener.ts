import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import { site, type LoadUser } from './users.ts';

/** From the beginning of the connection to the server's hello. */
const connected = new Trend('ws_ready', true);
/** From just before a message is sent until a listener has it. */
const postToPosted = new Trend('post_to_posted', true);
const eventsReceived = new Counter('ws_events_received');
/** The sum of the marks of their messages. */
const eventMarks = new Counter('ws_event_marks');
/** Connections that ended before the load did. */
const closedEarly = new Counter('ws_closed_early');

/** A user's open client: one WebSocket, from `afterMs` on and for so long, that notes every load message. */
export function listen(user: LoadUser, afterMs: number, forMs: number): void {
  setTimeout(() => {
    const begun = Date.now();
    const socket = new WebSocket(`${site.url.replace(/^http/, 'ws')}/api/v4/websocket`, null, {
      headers: { Authorization: `Bearer ${user.token}` },
    });
    let done = false;
    const end = setTimeout(
      () => {
        done = true;
        socket.close();
      },
      Math.max(1_000, forMs - afterMs),
    );
    socket.onmessage = (message) => {
      const frame = JSON.parse(String(message?.data)) as { event?: string; data?: { post?: string } };
      if (frame.event === 'hello') connected.add(Date.now() - begun);
      if (frame.event === 'posted') notePost(String(frame.data?.post));
    };
    // An error is followed by a close, which counts it.
    socket.onerror = () => {};
    socket.onclose = () => {
      clearTimeout(end);
      closedEarly.add(done ? 0 : 1);
    };
  }, afterMs);
}

/** Only what was written in the measured time is judged. */
function notePost(json: string): void {
  const { message } = JSON.parse(json) as { message: string };
  const [, phase, sentAt, mark] = /^muster load (\S+) (\d+) (\d+)$/.exec(message) ?? [];
  if (phase !== 'measured') return;
  postToPosted.add(Date.now() - Number(sentAt));
  eventsReceived.add(1);
  eventMarks.add(Number(mark));
}
