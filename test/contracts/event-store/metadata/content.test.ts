import { binaryEvent } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { connect, events, jsonText, newStream, revisionsOf } from '../support.js';

const client = await connect();

async function streamOf(count: number): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(count));
  return stream;
}

/** What reads show of a stream of three events whose metadata is this text. */
async function shownWith(text: string, type = '$metadata'): Promise<number[]> {
  const stream = await streamOf(3);
  await client.appendToStream(`$$${stream}`, jsonText(type, text));
  return revisionsOf(client, stream);
}

describe('metadata that are not as they should be bound nothing', () => {
  test.each([
    ['no JSON', '{"$maxCount":1'],
    ['no object', '[1]'],
    ['nothing', ''],
    ['a number in quotes', '{"$maxCount":"1"}'],
    ['a fraction', '{"$maxCount":1.5}'],
    ['an exponent', '{"$maxCount":1e0}'],
    ['a truth value', '{"$maxCount":true}'],
    ['null', '{"$maxCount":1,"$maxAge":null}'],
    ['an object for a number', '{"$maxCount":{},"$tb":2}'],
    ['one wrong among good ones', '{"$maxCount":1,"$cacheControl":"1"}'],
    ['a number beyond 64 bits', '{"$maxCount":1,"$maxAge":9223372036854775808}'],
    ['an access list that is none', '{"$maxCount":1,"$acl":"all"}'],
    ['an access list of another shape', '{"$maxCount":1,"$acl":{"$x":"all"}}'],
    ['an access list of numbers', '{"$maxCount":1,"$acl":{"$r":[1]}}'],
  ])('%s', async (_, text) => {
    expect(await shownWith(text)).toEqual([0, 1, 2]);
  });

  test('bytes instead of JSON', async () => {
    const stream = await streamOf(3);
    const bytes = binaryEvent({ type: '$metadata', data: Buffer.from('{"$maxCount":1}') });
    await client.appendToStream(`$$${stream}`, bytes);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });
});

describe('metadata are read leniently where that is harmless:', () => {
  test.each([
    ['a limit of zero is left out, the others hold', '{"$maxCount":0,"$tb":2}', [2]],
    ['a negative one too', '{"$maxCount":-1,"$maxAge":-5,"$tb":2}', [2]],
    ['so is a negative truncateBefore', '{"$maxCount":1,"$tb":-1}', [2]],
    ['of equal keys the last counts', '{"$tb":1,"$tb":2}', [2]],
    ['blanks do not matter', ' {\n "$maxCount" : 1 }\n', [2]],
    ['other keys are let be', '{"$maxCount":1,"$mine":{"$tb":0},"owner":null}', [2]],
    ['an access list may stand beside', '{"$maxCount":1,"$acl":{"$r":"$all","$w":["$all"]}}', [2]],
  ])('%s', async (_, text, shown) => {
    expect(await shownWith(text)).toEqual(shown);
  });

  test('the type of the event does not matter', async () => {
    expect(await shownWith('{"$maxCount":1}', 'OfMine')).toEqual([2]);
  });
});
