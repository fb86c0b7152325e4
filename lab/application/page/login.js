import { post } from './api.js';
import { byId, h, show } from './dom.js';
import { navigate } from './navigation.js';
import { store } from './store.js';

const MFA_NEEDED = 'mfa.validate_token.authenticate.app_error';
const MFA_WRONG = 'api.user.check_user_mfa.bad_code.app_error';

export function showLogin(message = '') {
  document.title = `${store.config.SiteName} – Log in`;
  const site = JSON.parse(document.body.dataset.site || '{}');
  const redirect = new URLSearchParams(location.search).get('redirect_to');
  const query = redirect ? `?redirect_to=${encodeURIComponent(redirect)}` : '';
  page(
    message,
    h('h1', {}, 'Log in to your account'),
    h('p', { class: 'quiet' }, store.config.SiteName),
    h(
      'form',
      { onsubmit: (event) => void submit(event) },
      field('Email or Username', {
        id: 'input_loginId',
        'data-testid': 'login-id-input',
        name: 'loginId',
        autocomplete: 'username',
      }),
      field('Password', {
        id: 'input_password-input',
        name: 'password',
        type: 'password',
        autocomplete: 'current-password',
      }),
      h('button', { id: 'saveSetting', class: 'btn btn-primary', type: 'submit' }, 'Log in'),
    ),
    site.gitlab && h('div', { class: 'divider' }, h('span', {}, 'or log in with')),
    site.gitlab &&
      h(
        'a',
        { id: 'gitlab', class: 'external-login-button btn', href: `/oauth/gitlab/login${query}` },
        site.gitlabText,
      ),
  );
  byId('input_loginId').focus();
}

function showMfa(credentials) {
  page(
    '',
    h('h1', {}, 'Enter MFA token'),
    h('p', { class: 'quiet' }, 'The six digits from your authenticator app.'),
    h(
      'form',
      { onsubmit: (event) => void submitMfa(event, credentials) },
      field('MFA Token', {
        id: 'input_token',
        name: 'token',
        inputmode: 'numeric',
        autocomplete: 'one-time-code',
      }),
      h('button', { id: 'saveSetting', class: 'btn btn-primary', type: 'submit' }, 'Submit'),
    ),
  );
  byId('input_token').focus();
}

function page(message, ...content) {
  show(
    h(
      'main',
      { class: 'card-page' },
      h(
        'section',
        { class: 'card', id: 'login_section' },
        h('div', { id: 'login-body-card-banner', class: 'banner', role: 'alert', hidden: !message }, message),
        ...content.filter(Boolean),
      ),
    ),
  );
}

function field(label, attributes) {
  return h(
    'label',
    { class: 'field' },
    h('span', {}, label),
    h('input', { type: 'text', placeholder: label, required: true, ...attributes }),
  );
}

async function submit(event) {
  event.preventDefault();
  await signIn({ login_id: byId('input_loginId').value, password: byId('input_password-input').value });
}

async function submitMfa(event, credentials) {
  event.preventDefault();
  await signIn({ ...credentials, token: byId('input_token').value });
}

async function signIn(credentials) {
  try {
    await post('/users/login', credentials);
  } catch (error) {
    if (error.id === MFA_NEEDED) return showMfa(credentials);
    showLogin(error.id === MFA_WRONG ? 'Invalid MFA token.' : error.message);
    return;
  }
  const target = new URLSearchParams(location.search).get('redirect_to') ?? '/';
  await navigate(target.startsWith('/') && !target.startsWith('//') ? target : '/', { replace: true });
}
