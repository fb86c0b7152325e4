const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;

let socket;
let sequence = 1;
let retryMs = FIRST_RETRY_MS;

/** Keeps a WebSocket to the server open; the browser's cookie signs it in. */
export function connect({ onEvent, onReconnect }) {
  if (socket) return;
  let wasOpen = false;
  const open = () => {
    const { protocol, host } = location;
    socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v4/websocket`);
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.event === 'hello') {
        document.documentElement.dataset.socket = 'open';
        retryMs = FIRST_RETRY_MS;
        if (wasOpen) onReconnect();
        wasOpen = true;
      } else if (frame.event) {
        onEvent(frame);
      }
    });
    socket.addEventListener('close', () => {
      document.documentElement.dataset.socket = 'closed';
      setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    });
  };
  open();
}

export function sendAction(action, data) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ action, seq: sequence++, data }));
}
