import type { CommandParser } from 'redis';
import { defineScript } from 'redis';
import { MAX_UNDER_REFERENCE } from '../../../ports/availability-store.js';
import { MAX_POSITION_LENGTH } from '../document.js';

/*
 * Every script names the generation that its caller means: when the model was lost and begun anew, or another
 * generation took its place, nothing that belongs to the old one may touch it.
 */

const META = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%d+)$';

const GENERATION_OF_CALLER = `
local meta = redis.call('GET', KEYS[1])
if not meta then return 0 end
local identity, generation, position, asOf, target, saves = string.match(meta, '${META}')
if generation ~= ARGV[1] then return 0 end
`;

/**
 * Keys: meta, then documents, then references. Arguments: generation, position, asOf, number of documents, channel to
 * tell of the save ('' for none), characters before the SKU in a document's key, saves that the caller knows of; then
 * documents; then id and end of each reference. Answers the saves so far and one.
 */
const SAVE = `${GENERATION_OF_CALLER}
if tonumber(saves) < tonumber(ARGV[7]) then return 0 end
local documents = tonumber(ARGV[4])
local skuStart = tonumber(ARGV[6]) + 1
local written = {}
for i = 2, documents + 1 do
  local document = ARGV[i + 6]
  local stored = string.match(redis.call('GETRANGE', KEYS[i], 0, ${MAX_POSITION_LENGTH - 1}), '^%a%d+') or ''
  if stored < string.match(document, '^%a%d+') then
    redis.call('SET', KEYS[i], document)
    written[#written + 1] = string.sub(KEYS[i], skuStart)
  end
end
local argument = documents + 8
for i = documents + 2, #KEYS do
  local id, forgetAfter = ARGV[argument], ARGV[argument + 1]
  local ids = redis.call('GET', KEYS[i])
  if not ids then
    redis.call('SET', KEYS[i], id, 'PXAT', forgetAfter)
  elseif not string.find(' ' .. ids .. ' ', ' ' .. id .. ' ', 1, true) then
    ids = ids .. ' ' .. id
    if select(2, string.gsub(ids, ' ', '')) >= ${MAX_UNDER_REFERENCE} then ids = string.match(ids, ' (.*)') end
    local now = redis.call('TIME')
    local ends = math.max(tonumber(forgetAfter), now[1] * 1000 + redis.call('PTTL', KEYS[i]))
    redis.call('SET', KEYS[i], ids, 'PXAT', string.format('%.0f', ends))
  end
  argument = argument + 2
end
if #written > 0 or ARGV[2] > position or ARGV[3] > asOf then
  if ARGV[2] > position then position = ARGV[2] end
  if ARGV[3] > asOf then asOf = ARGV[3] end
  saves = string.format('%.0f', saves + 1)
  redis.call('SET', KEYS[1], table.concat({ identity, generation, position, asOf, target, saves }, ' '))
  if ARGV[5] ~= '' then
    -- Whoever may not publish can still write; its readers are then told nothing and ask.
    redis.pcall('PUBLISH', ARGV[5], table.concat({ generation, saves, position, asOf, table.concat(written, ' ') }, ' '))
  end
end
return tonumber(saves) + 1
`;

/** Keys: next, rebuild. Arguments: meta of the new generation, what to tell of it. */
const BEGIN_REBUILD = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1
`;

/** Keys: next, live, rebuild, builder, unswept. Arguments: generation, channel, what to tell of it. Answers 2 when it is behind. */
const PROMOTE = `${GENERATION_OF_CALLER}
local live = redis.call('GET', KEYS[2])
if live then
  local _, _, livePosition, liveAsOf, liveTarget, liveSaves = string.match(live, '${META}')
  if livePosition > position then return 2 end
  if liveAsOf > asOf then asOf = liveAsOf end
  if liveTarget > target then target = liveTarget end
  if tonumber(liveSaves) > tonumber(saves) then saves = liveSaves end
end
saves = string.format('%.0f', saves + 1)
redis.call('SET', KEYS[2], table.concat({ identity, generation, position, asOf, target, saves }, ' '))
redis.call('SET', KEYS[3], ARGV[3])
redis.call('SET', KEYS[5], '1')
redis.call('DEL', KEYS[1], KEYS[4])
redis.pcall('PUBLISH', ARGV[2], table.concat({ generation, saves, position, asOf, '' }, ' '))
return 1
`;

/** Keys: builder. Arguments: the instance, milliseconds. */
const CLAIM = `
local builder = redis.call('GET', KEYS[1])
if builder and builder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** Keys: builder. Arguments: the instance. */
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
`;

/** Keys: live, next, then keys to remove. Arguments: what both metas must begin with, '' for one that is not there. */
const SWEEP = `
for i = 1, 2 do
  local meta = redis.call('GET', KEYS[i])
  local generation = meta and select(2, string.match(meta, '${META}')) or ''
  if generation ~= ARGV[i] then return 0 end
end
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 1
`;

/** Keys: meta, then what goes with it. Arguments: generation. */
const FORGET = `${GENERATION_OF_CALLER}
redis.call('UNLINK', unpack(KEYS))
return 1
`;

function script(SCRIPT: string) {
  return defineScript({
    SCRIPT,
    parseCommand(parser: CommandParser, keys: readonly string[], args: readonly string[]) {
      parser.pushKeysLength([...keys]);
      for (const arg of args) parser.push(arg);
    },
    transformReply: (reply: number): number => reply,
  });
}

/** Each answers 1 or more when it did what it is for, and 0 when the caller's generation was not there. */
export const SCRIPTS = {
  saveModel: script(SAVE),
  beginRebuild: script(BEGIN_REBUILD),
  promote: script(PROMOTE),
  claimBuilder: script(CLAIM),
  releaseBuilder: script(RELEASE),
  sweep: script(SWEEP),
  forget: script(FORGET),
};
