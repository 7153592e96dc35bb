import { expect, it } from 'vitest';
import { contractBreaches } from '../../support/contract.js';

const answer = { sku: 'MUG', available: 1, locations: [], position: 'p1', ageMs: 0, source: 'memory' };

const breaches = (body: object, status = 200, type = 'application/json; charset=utf-8') =>
  contractBreaches({
    method: 'GET',
    path: '/v1/availability/MUG?channel=web',
    status,
    type,
    text: JSON.stringify(body),
  });

it('an answer as the contract writes it has no breach', () => {
  expect(breaches(answer)).toEqual([]);
});

it.each([
  ['a field that is missing', { ...answer, available: undefined }],
  ['a field that the contract does not name', { ...answer, colour: 'blue' }],
  ['a value of another type', { ...answer, available: '1' }],
  ['a cell that is none', { ...answer, locations: [{ location: 'STORE-A' }] }],
])('%s is one', (_, body) => {
  expect(breaches(body)).not.toEqual([]);
});

it('a status that the contract does not name is one, and a problem that says too little', () => {
  expect(breaches(answer, 201)).toEqual([expect.stringContaining('names no 201')]);
  expect(breaches({ status: 404 }, 404, 'application/problem+json')).not.toEqual([]);
  expect(breaches({ status: 418 }, 418, 'application/problem+json')[0]).toContain('names no 418');
});
