import { h, show } from './dom.js';
import { store } from './store.js';

const SEEN = '__landingPageSeen__';

/** Whether a first visit is asked first: in the browser, or in the desktop app. */
export function wantsLanding() {
  const { EnableDesktopLandingPage, AppDownloadLink } = store.config;
  return (
    EnableDesktopLandingPage === 'true' && AppDownloadLink !== '' && localStorage.getItem(SEEN) !== 'true'
  );
}

export function showLanding() {
  const target = location.hash.slice(1) || '/';
  const path = target.startsWith('/') && !target.startsWith('//') ? target : '/';
  const remember = () => localStorage.setItem(SEEN, 'true');
  document.title = 'Landing';
  show(
    h(
      'main',
      { class: 'card-page' },
      h(
        'section',
        { class: 'card' },
        h('h1', {}, 'Where would you like to view this?'),
        h('p', {}, 'For a rehearsal, the browser is the place.'),
        h(
          'a',
          { class: 'btn btn-primary', href: '#', onclick: (event) => event.preventDefault() },
          'View in Desktop App',
        ),
        h('a', { class: 'btn btn-tertiary', href: path, onclick: remember }, 'View in Browser'),
      ),
    ),
  );
}
