import type { Readable } from 'node:stream';
import { Problem } from '../problem.js';
import { readBody } from './read-body.js';
import { parseStrictJson } from './strict-json.js';

/** Hands over the value of a JSON body, undefined for an empty one, or the Problem with it. */
export function readJson(payload: Readable, done: (problem: Problem | null, value?: unknown) => void): void {
  readBody(payload, (body) => {
    const value = body instanceof Problem ? body : parsed(body);
    if (value instanceof Problem) done(value);
    else done(null, value);
  });
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}
