/** What the server answers with a status of 400 or above. */
export class ApiError extends Error {
  constructor(status, { id, message }) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

/** Calls the API as this browser's session; rejects with an ApiError. */
export async function api(method, path, body) {
  const isJson = body !== undefined && !(body instanceof FormData);
  const response = await fetch(`/api/v4${path}`, {
    method,
    headers: {
      'X-Requested-With': 'XMLHttpRequest',
      'X-CSRF-Token': cookie('MMCSRF'),
      ...(isJson && { 'Content-Type': 'application/json' }),
    },
    body: isJson ? JSON.stringify(body) : body,
  });
  const answer = await response
    .json()
    .catch(() => ({ id: '', message: `The server answered ${response.status}.` }));
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

export const get = (path) => api('GET', path);
export const post = (path, body) => api('POST', path, body);

function cookie(name) {
  const pair = document.cookie.split('; ').find((entry) => entry.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : '';
}
