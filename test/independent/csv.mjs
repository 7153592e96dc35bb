import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** The records of a CSV file as arrays of text, the header's first; a name ending in `.gz` is gunzipped. */
export async function* records(path) {
  const bytes = createReadStream(path);
  const input = path.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  input.setEncoding('utf8');
  const reader = new CsvReader();
  for await (const chunk of input) {
    for (const character of chunk) reader.take(character);
    yield* reader.finished.splice(0);
  }
  reader.take('\n');
  yield* reader.finished;
}

/** CSV by RFC 4180, a character at a time: quotes count only where they open a field; a doubled one stands for itself. */
class CsvReader {
  finished = [];
  #fields = [];
  #field = '';
  #state = 'start';

  take(character) {
    if (this.#state === 'quoted') this.#inside(character);
    else if (character === '"' && this.#state === 'closing') this.#add(character, 'quoted');
    else if (character === '"' && this.#state === 'start') this.#state = 'quoted';
    else if (character === ',') this.#endField();
    else if (character === '\n' || character === '\r') this.#endRecord();
    else if (character !== '\uFEFF') this.#add(character, 'plain');
  }

  #inside(character) {
    if (character === '"') this.#state = 'closing';
    else this.#add(character, 'quoted');
  }

  #add(character, state) {
    this.#field += character;
    this.#state = state;
  }

  #endField() {
    this.#fields.push(this.#field);
    this.#field = '';
    this.#state = 'start';
  }

  #endRecord() {
    this.#endField();
    // A lone field is an empty line, or the second half of a line end of two characters.
    if (this.#fields.length > 1) this.finished.push(this.#fields);
    this.#fields = [];
  }
}
