/** All events of one SKU at one location, oldest first. */
export async function history(address, key, sku, location) {
  const response = await fetch(`${address}/v1/streams/${sku}/${location}/events`, {
    headers: { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' },
  });
  if (!response.ok) throw new Error(`history of ${sku}: ${response.status}`);
  return (await response.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/**
 * Walks the stream by its events alone, without any clock: what is held is what no event has ended. Counts the holds
 * made, the revisions at which more was held than there was, and the holds that were ended before their time.
 *
 * @param aheadMs how far the clock of the instances that are ahead is ahead: what they recorded is that much too late
 */
export function walk(events, aheadMs = 0) {
  const held = new Map();
  const found = { reserved: 0, references: new Set(), overHeld: 0, gaps: 0, expired: 0, lostEarly: 0, mostHeld: 0 };
  let onHand = 0;
  let units = 0;
  for (const [index, { revision, type, data, occurredAt }] of events.entries()) {
    if (revision !== index) found.gaps += 1;
    if (type === 'Received') onHand += data.quantity;
    if (type === 'Reserved') {
      found.reserved += 1;
      found.references.add(data.reference);
      held.set(data.reference, data.quantity);
      units += data.quantity;
      if (units > onHand) found.overHeld += 1;
      found.mostHeld = Math.max(found.mostHeld, units);
    }
    if (type === 'Released') {
      units -= held.get(data.reference) ?? Number.NaN;
      held.delete(data.reference);
      if (data.reason !== 'expired') continue;
      found.expired += 1;
      // Its own clock said that the time had come; the true one may not.
      if (Date.parse(occurredAt) - aheadMs < Date.parse(data.expiresAt)) found.lostEarly += 1;
    }
  }
  return found;
}
