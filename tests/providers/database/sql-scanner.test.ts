import { expect, it } from 'vitest';
import { createSqlScanner } from '../../../src/providers/database/sql-scanner.ts';

const DUMP = Buffer.from(`--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';

--
-- Name: posts; Type: TABLE; Schema: public; Owner: mmuser
--

CREATE TABLE public.posts (
    id character varying(26) NOT NULL
);

--
-- Data for Name: posts; Type: TABLE DATA; Schema: public; Owner: mmuser
--

COPY public.posts (id) FROM stdin;
-- Name: not a header; Type: TABLE; Schema: public; Owner: me
ünïcode\\tand a long line that goes on for longer than any chunk
\\\\.
\\.


--
-- Name: posts posts_pkey; Type: CONSTRAINT; Schema: public; Owner: mmuser
--

ALTER TABLE ONLY public.posts ADD CONSTRAINT posts_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--
`);

it.each([1, 2, 7, 30, 64, 1_000_000])('reads the same from chunks of %i bytes', (size) => {
  const data: Buffer[] = [];
  const scanner = createSqlScanner({ data: (bytes) => void data.push(Buffer.from(bytes)) });
  for (let at = 0; at < DUMP.length; at += size) scanner.push(DUMP.subarray(at, at + size));
  const { rows, entries, isComplete, openTable } = scanner.end();
  expect(Object.fromEntries(rows)).toEqual({ 'public.posts': 3 });
  expect(entries.map(({ type, name }) => [type, name])).toEqual([
    ['', ''],
    ['TABLE', 'posts'],
    ['CONSTRAINT', 'posts posts_pkey'],
  ]);
  expect(isComplete).toBe(true);
  expect(openTable).toBeUndefined();
  const text = DUMP.toString();
  expect(Buffer.concat(data).toString().trimEnd()).toBe(
    text.slice(text.indexOf('COPY'), text.indexOf('\n\\.\n') + 3),
  );
});

it('names the table whose rows are cut off', () => {
  const scanner = createSqlScanner();
  scanner.push(DUMP.subarray(0, DUMP.indexOf('longer than')));
  expect(scanner.end()).toMatchObject({ openTable: 'public.posts', isComplete: false });
});
