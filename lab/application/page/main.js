import { get } from './api.js';
import { byId, h, show } from './dom.js';
import { openChannelPage } from './channel-page.js';
import { showLanding, wantsLanding } from './landing.js';
import { showLogin } from './login.js';
import { navigate, setRouter } from './navigation.js';
import { showSelectTeam } from './select-team.js';
import { store } from './store.js';

let config;

setRouter(route);
window.addEventListener('popstate', () => void route());
void route();

/** Shows what the address asks for. */
async function route() {
  const path = location.pathname;
  store.config = await loadConfig();
  byId('rehearsal').title = `Version ${store.config.Version}, build ${store.config.BuildNumber}`;
  if (path === '/error')
    return showError(new URLSearchParams(location.search).get('message') ?? 'Something went wrong.');
  if (path === '/landing') return showLanding();
  if (wantsLanding()) return location.replace(`/landing#${path}${location.search}`);
  if (!(await signedIn())) {
    if (path === '/login') return showLogin();
    return navigate(path === '/' ? '/login' : `/login?redirect_to=${encodeURIComponent(path)}`, {
      replace: true,
    });
  }
  if (path === '/login' || path === '/') return navigate(await home(), { replace: true });
  if (path === '/select_team') return showSelectTeam();
  return openChannelPage(path);
}

async function loadConfig() {
  config ??= await get('/config/client?format=old');
  return config;
}

async function signedIn() {
  if (store.me) return true;
  try {
    store.me = await get('/users/me');
  } catch {
    return false;
  }
  store.users.set(store.me.id, store.me);
  const [teams, emojis] = await Promise.all([get('/users/me/teams'), get('/emoji?per_page=200')]);
  store.teams = teams;
  store.emojis = new Map(emojis.map((emoji) => [emoji.name, emoji]));
  return true;
}

async function home() {
  const last = localStorage.getItem('lastTeam');
  const team = store.teams.find(({ name }) => name === last) ?? store.teams[0];
  return team ? `/${team.name}/channels/town-square` : '/select_team';
}

function showError(message) {
  document.title = 'Error';
  show(
    h(
      'main',
      { class: 'card-page' },
      h(
        'section',
        { class: 'card' },
        h('h1', { 'data-testid': 'errorMessageTitle' }, 'Error'),
        h('p', { id: 'errorMessage' }, message),
        h('a', { class: 'btn btn-primary', href: '/login' }, 'Back to sign-in'),
      ),
    ),
  );
}
