import { api, post as send } from './api.js';
import { formatSize, h } from './dom.js';
import { sendAction } from './socket.js';

const TYPING_EVERY_MS = 3000;

/** The box that a message is written in. `target()` names channel and thread at the time of sending. */
export function composer({ boxId, testId, label, target, onSent, onArrowUp }) {
  let attached = [];
  let uploads = 0;
  let lastTyping = 0;
  const box = h('textarea', {
    id: boxId,
    'data-testid': boxId,
    placeholder: label,
    'aria-label': label,
    rows: '1',
  });
  const isReply = boxId === 'reply_textbox';
  const input = h('input', {
    id: isReply ? 'replyFileUploadInput' : 'fileUploadInput',
    type: 'file',
    multiple: true,
    class: 'visually-hidden',
    'aria-label': 'choose files',
    tabindex: '-1',
  });
  const previews = h('div', { class: 'file-preview__container', hidden: true });
  const problem = h('div', { class: 'composer__problem', role: 'alert', hidden: true });
  const sendButton = h(
    'button',
    {
      type: 'button',
      class: 'btn btn-primary',
      'data-testid': 'SendMessageButton',
      'aria-label': 'Send Now',
      onclick: () => void submit(),
    },
    'Send',
  );
  const attach = h(
    'button',
    {
      id: isReply ? 'replyFileUploadButton' : 'fileUploadButton',
      type: 'button',
      class: 'btn icon',
      'aria-label': 'attachment',
      onclick: () => input.click(),
    },
    '+',
  );

  input.addEventListener('change', () => void upload([...input.files]));
  box.addEventListener('input', () => {
    resize(box);
    if (Date.now() - lastTyping < TYPING_EVERY_MS) return;
    lastTyping = Date.now();
    const { channelId, rootId } = target();
    sendAction('user_typing', { channel_id: channelId, parent_id: rootId });
  });
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void submit();
    } else if (event.key === 'ArrowUp' && box.value === '' && onArrowUp) {
      event.preventDefault();
      onArrowUp();
    }
  });

  async function upload(files) {
    input.value = '';
    for (const file of files) {
      uploads++;
      try {
        const form = new FormData();
        form.append('channel_id', target().channelId);
        form.append('files', file, file.name);
        const { file_infos: infos } = await api('POST', '/files', form);
        attached.push(...infos);
      } catch (error) {
        complain(error.message);
      }
      uploads--;
      drawPreviews();
    }
  }

  function drawPreviews() {
    previews.hidden = attached.length === 0;
    previews.replaceChildren(
      ...attached.map((info) =>
        h(
          'div',
          { class: 'file-preview post-image__column' },
          h(
            'span',
            { class: 'post-image__details' },
            h('span', { class: 'post-image__name' }, info.name),
            h('span', { class: 'quiet' }, formatSize(info.size)),
          ),
          h(
            'button',
            {
              class: 'file-preview__remove',
              type: 'button',
              'aria-label': `remove ${info.name}`,
              onclick: () => ((attached = attached.filter(({ id }) => id !== info.id)), drawPreviews()),
            },
            '×',
          ),
        ),
      ),
    );
  }

  async function submit() {
    const message = box.value;
    const files = attached;
    if (uploads > 0 || (message.trim() === '' && files.length === 0)) return;
    const { channelId, rootId } = target();
    box.value = '';
    attached = [];
    complain('');
    resize(box);
    drawPreviews();
    try {
      onSent(
        await send('/posts', {
          channel_id: channelId,
          root_id: rootId,
          message,
          file_ids: files.map(({ id }) => id),
          pending_post_id: crypto.randomUUID?.() ?? '',
        }),
      );
    } catch (error) {
      // Nothing that somebody wrote is lost.
      box.value = message;
      attached = files;
      drawPreviews();
      complain(error.message);
    }
  }

  function complain(message) {
    problem.hidden = message === '';
    problem.textContent = message;
  }

  return h(
    'div',
    { class: 'composer', 'data-testid': testId },
    problem,
    previews,
    h('div', { class: 'composer__row' }, attach, input, box, sendButton),
  );
}

function resize(box) {
  box.style.height = 'auto';
  box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
}
