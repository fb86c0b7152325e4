import { h, show } from './dom.js';
import { followLink } from './navigation.js';
import { signOut } from './session.js';
import { store } from './store.js';

/** For those who are in no team yet. */
export function showSelectTeam() {
  document.title = 'Select a team';
  const links = store.teams.map((team) =>
    h(
      'a',
      { class: 'btn', href: `/${team.name}/channels/town-square`, onclick: followLink },
      team.display_name,
    ),
  );
  show(
    h(
      'main',
      { class: 'card-page' },
      h(
        'section',
        { class: 'card' },
        h('h1', {}, store.config.SiteName),
        h(
          'div',
          { id: 'teamsYouCanJoinContent' },
          links.length > 0
            ? links
            : h('p', {}, 'There are no teams that you can join. Ask an administrator for an invitation.'),
        ),
        h('a', { id: 'createNewTeamLink', class: 'quiet', href: '#' }, 'Create a team'),
        h(
          'a',
          { id: 'logout', href: '#', onclick: (event) => (event.preventDefault(), void signOut()) },
          'Log out',
        ),
      ),
    ),
  );
}
