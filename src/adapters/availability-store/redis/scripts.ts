import type { CommandParser } from 'redis';
import { defineScript } from 'redis';
import { POSITION_WIDTH } from '../document.js';

/*
 * Every script names the generation that its caller opened: when the model was lost and begun anew by another
 * instance, nothing that belongs to the old one may touch it.
 */

const MODEL_OF_CALLER = `
local meta = redis.call('GET', KEYS[1])
if not meta then return 0 end
local identity, generation, position, asOf, target = string.match(meta, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
if generation ~= ARGV[1] then return 0 end
`;

/** Keys: meta, then documents. Arguments: generation, position, asOf, then documents. */
const SAVE = `${MODEL_OF_CALLER}
for i = 2, #KEYS do
  local document = ARGV[i + 2]
  if redis.call('GETRANGE', KEYS[i], 0, ${POSITION_WIDTH - 1}) < string.sub(document, 1, ${POSITION_WIDTH}) then
    redis.call('SET', KEYS[i], document)
  end
end
if ARGV[2] > position or ARGV[3] > asOf then
  if ARGV[2] > position then position = ARGV[2] end
  if ARGV[3] > asOf then asOf = ARGV[3] end
  redis.call('SET', KEYS[1], table.concat({ identity, generation, position, asOf, target }, ' '))
end
return 1
`;

/** Keys: meta, then keys to remove. Arguments: generation. */
const REMOVE = `${MODEL_OF_CALLER}
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 1
`;

/** Keys: meta. Arguments: generation. */
const DISCARD = `${MODEL_OF_CALLER}
redis.call('UNLINK', KEYS[1])
return 1
`;

/** A script that answers whether the caller's model was there. */
const guarded = (SCRIPT: string) =>
  defineScript({
    SCRIPT,
    parseCommand(parser: CommandParser, keys: readonly string[], args: readonly string[]) {
      parser.pushKeysLength([...keys]);
      for (const arg of args) parser.push(arg);
    },
    transformReply: (reply: number): boolean => reply === 1,
  });

export const SCRIPTS = { saveModel: guarded(SAVE), removeKeys: guarded(REMOVE), discardModel: guarded(DISCARD) };
