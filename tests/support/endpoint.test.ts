import { expect, it } from 'vitest';
import { formatEndpoint, parseEndpoint } from '../../src/support/endpoint.ts';

it.each([
  ['127.0.0.3:5354', { address: '127.0.0.3', port: 5354 }],
  ['db.example.com:5432', { address: 'db.example.com', port: 5432 }],
  ['[2001:db8::5]:5432', { address: '2001:db8::5', port: 5432 }],
])('writes and reads %s', (text, endpoint) => {
  expect(formatEndpoint(endpoint)).toBe(text);
  expect(parseEndpoint(text)).toEqual(endpoint);
});
