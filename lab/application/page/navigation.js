let route = () => {};

export function setRouter(router) {
  route = router;
}

/** Goes to a path of this page without loading it anew. */
export function navigate(path, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  return route();
}

/** For links: a plain click stays in the page. */
export function followLink(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  void navigate(event.currentTarget.getAttribute('href'));
}
