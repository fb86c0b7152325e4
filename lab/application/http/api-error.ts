/** What a route throws to answer with an error in Mattermost's form. */
export class ApiError extends Error {
  readonly status: number;
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export const sessionExpired = (): ApiError =>
  new ApiError(
    401,
    'api.context.session_expired.app_error',
    'Invalid or expired session, please login again.',
  );

export const forbidden = (): ApiError =>
  new ApiError(403, 'api.context.permissions.app_error', 'You do not have the appropriate permissions.');

export const routeNotFound = (): ApiError =>
  new ApiError(404, 'api.context.404.app_error', 'Sorry, we could not find the page.');

export const invalidUrlParameter = (name: string): ApiError =>
  new ApiError(
    400,
    'api.context.invalid_url_param.app_error',
    `Invalid or missing ${name} parameter in request URL.`,
  );

export const invalidBodyParameter = (name: string): ApiError =>
  new ApiError(
    400,
    'api.context.invalid_body_param.app_error',
    `Invalid or missing ${name} in request body.`,
  );

export const postNotFound = (): ApiError =>
  new ApiError(404, 'app.post.get.app_error', 'Unable to get the post.');

export const channelNotFound = (): ApiError =>
  new ApiError(404, 'app.channel.get.existing.app_error', 'Unable to find the existing channel.');

export const userNotFound = (): ApiError =>
  new ApiError(404, 'app.user.missing_account.const', 'Unable to find the user.');

export const teamNotFound = (): ApiError =>
  new ApiError(404, 'app.team.get.find.app_error', 'Unable to find the existing team.');

export const fileNotFound = (): ApiError =>
  new ApiError(404, 'app.file_info.get.app_error', 'Unable to get the file info.');
