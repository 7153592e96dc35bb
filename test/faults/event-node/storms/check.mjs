/** Holds what a store has to what appenders were told. */

/** What is wrong, counted; all zero when nothing is. */
export class Findings {
  lost = 0;
  doubled = 0;
  gaps = 0;
  /** Content that is not what was sent, or an event that nobody sent or that was refused. */
  wrong = 0;
  examples = [];

  note(kind, example) {
    this[kind] += 1;
    if (this.examples.length < 5) this.examples.push(`${kind}: ${example}`);
  }

  get none() {
    return this.lost + this.doubled + this.gaps + this.wrong === 0;
  }

  toString() {
    const counts = `${this.lost} lost, ${this.doubled} doubled, ${this.gaps} gaps, ${this.wrong} wrong`;
    return this.none ? counts : `${counts}  DOES NOT HOLD  ${this.examples.join(' | ')}`;
  }
}

/** Reads every stream of these appends, which all have their answers. @returns how many events they hold */
export async function checkStreams(client, appends, findings) {
  const byStream = grouped(appends);
  let events = 0;
  for (const [stream, sent] of byStream) {
    const found = await readStream(client, stream);
    events += found.length;
    checkStream(stream, sent, found, findings);
  }
  return events;
}

function checkStream(stream, sent, found, findings) {
  const places = new Map();
  for (const [index, event] of found.entries()) {
    if (event.revision !== BigInt(index)) findings.note('gaps', `${stream} has ${event.revision} at ${index}`);
    if (places.has(event.id)) findings.note('doubled', `${event.id} in ${stream}`);
    places.set(event.id, index);
  }
  let kept = 0;
  for (const append of sent) {
    const at = append.events.map(({ id }) => places.get(id));
    if (append.outcome === 'acknowledged') {
      kept += append.events.length;
      checkAppend(append, at, found, findings);
    } else if (at.some((place) => place !== undefined)) {
      findings.note('wrong', `${stream}: refused, and there`);
    }
  }
  if (kept !== found.length) findings.note('wrong', `${stream} has ${found.length} events, ${kept} were acknowledged`);
}

/** An acknowledged append, whose events were found at these places. */
function checkAppend({ stream, events, revision, expected }, at, found, findings) {
  if (at.some((place) => place === undefined)) {
    findings.note('lost', `${events.length} events of ${stream} after ${expected}`);
    return;
  }
  if (at.some((place, index) => place !== at[0] + index)) findings.note('wrong', `${stream}: an append in pieces`);
  if (BigInt(at.at(-1)) !== revision) findings.note('wrong', `${stream}: told ${revision}, is at ${at.at(-1)}`);
  if (typeof expected === 'bigint' && BigInt(at[0]) !== expected + 1n) findings.note('wrong', `${stream}: misplaced`);
  for (const [index, { data }] of events.entries()) {
    if (!Buffer.from(found[at[0] + index].data).equals(data)) findings.note('wrong', `${stream}: other content`);
  }
}

async function readStream(client, stream) {
  const found = [];
  try {
    for await (const { event } of client.readStream(stream)) found.push(event);
  } catch (error) {
    if (error.type !== 'stream-not-found') throw error;
  }
  return found;
}

/** Reads everything once. @returns how many events of these streams there are, each once, at rising positions */
export async function checkAll(client, prefix, findings) {
  const ids = new Set();
  let last = 0n;
  for await (const { event } of client.readAll({ resolveLinkTos: false })) {
    if (event === undefined || !event.streamId.startsWith(prefix)) continue;
    if (ids.has(event.id)) findings.note('doubled', `${event.id} in all streams`);
    ids.add(event.id);
    if (event.position.commit <= last) findings.note('wrong', `position ${event.position.commit} behind ${last}`);
    last = event.position.commit;
  }
  return ids.size;
}

function grouped(appends) {
  const groups = new Map();
  for (const append of appends) {
    const group = groups.get(append.stream);
    if (group === undefined) groups.set(append.stream, [append]);
    else group.push(append);
  }
  return groups;
}
