import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readIdentityExport } from '../../../src/providers/identity/export.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-test-export-'));
});
afterAll(() => rm(directory, { recursive: true }));

const ALICE = {
  id: '1001',
  username: 'alice',
  email: 'alice@site.test',
  name: 'Alice, "the first"',
  active: true,
};
const BOB = { id: '1002', username: 'bob', email: 'bob@site.test', name: '', active: false };

it('reads JSON, with number ids and without "active" too', async () => {
  const { active: _, ...alice } = ALICE;
  expect(await read('users.json', JSON.stringify([{ ...alice, id: 1001 }, BOB]))).toMatchObject([ALICE, BOB]);
});

it('reads CSV with quotes, any order of columns, a byte order mark and Windows line ends', async () => {
  const lines = [
    '\uFEFFUsername,ID,email,active,name,department',
    'alice,1001,alice@site.test,yes,"Alice, ""the first""",x',
    '',
    'bob,1002,bob@site.test,FALSE,,',
  ];
  expect(await read('users.csv', lines.join('\r\n'))).toMatchObject([ALICE, BOB]);
});

it('counts lines through a line break inside quotes', async () => {
  const text = 'id,username,email,name\n1,a,a@b,"two\nlines"\n2,,c@d,x\n';
  await expect(read('broken.csv', text)).rejects.toMatchObject({
    message: expect.stringContaining('line 4: "username" is missing'),
  });
});

it.each([
  ['users.csv', 'id,username\n1,a\n', 'line 1 has no column "email"'],
  ['users.csv', 'id,username,email\n1,a\n', 'line 2 has 2 fields, and the header has 3'],
  ['users.csv', 'id,username,email\n1,"a,b@c\n', 'line 2: a quote is not closed'],
  [
    'users.csv',
    'id,username,email,active\n1,a,b@c,maybe\n',
    'line 2: "active" must be true or false (got "maybe")',
  ],
  ['users.csv', 'id,username,email\n1,a,b@c\n1,d,e@f\n', 'line 3: "id" 1 is also that of line 2'],
  ['users.csv', '', 'it is empty'],
  ['users.json', '[]', 'it lists nobody'],
  ['users.json', '{}', 'it must be a list of users'],
  ['users.json', '[', 'it is not JSON'],
  ['users.json', '[{"id":"1","username":"a","email":"b@c"},7]', 'entry 2 must be an object'],
  ['users.json', '[{"id":1.5,"username":"a","email":"b@c"}]', 'entry 1: "id" must be text (got 1.5)'],
  ['users.xlsx', 'PK', 'its name must end in .json or .csv (got ".xlsx")'],
])('rejects %s with %j: %s', async (name, text, message) => {
  await expect(read(name, text)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message),
  });
});

it('rejects a file that is not there', async () => {
  await expect(readIdentityExport(path.join(directory, 'nobody.json'))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});

async function read(name: string, text: string) {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return readIdentityExport(file);
}
