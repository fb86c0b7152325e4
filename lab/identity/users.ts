import { writeFile } from 'node:fs/promises';

/** Somebody whom a lab's identity provider knows. */
export interface IdentityUser {
  /** What Mattermost keeps as `users.authdata`. */
  readonly id: number;
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly name: string;
  /** Base32; without one this user is not asked for a code. */
  readonly totpSecret?: string;
  /** Known, but may not sign in. */
  readonly disabled?: boolean;
}

/** The list that an identity team would hand out before a drill: who is known under which id. No passwords. */
export async function exportUsers(users: readonly IdentityUser[], file: string): Promise<void> {
  const rows = users.map(({ id, username, email, name, disabled = false }) => ({
    id: String(id),
    username,
    email,
    name,
    active: !disabled,
  }));
  await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
}
