/** One event as a browser's EventSource hands it over. */
export interface ServerSentEvent {
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of every shape
  readonly data: any;
}

/** Reads server-sent events by the rules of the HTML standard, as far as JSON data needs them. */
export class EventStream {
  /** What a browser would send as Last-Event-ID if it had to come again now. */
  lastEventId = '';
  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
    private readonly lines: AsyncGenerator<string>,
  ) {}

  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    return new EventStream(response, abort, linesOf(response));
  }

  /** The next event; undefined when the server has ended the stream. */
  async next(): Promise<ServerSentEvent | undefined> {
    let type = 'message';
    const data: string[] = [];
    let id = this.lastEventId;
    for (let line = await this.lines.next(); line.done !== true; line = await this.lines.next()) {
      if (line.value === '') {
        this.lastEventId = id;
        if (data.length > 0) return { id, type, data: JSON.parse(data.join('\n')) };
        type = 'message';
        continue;
      }
      const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line.value) ?? [];
      if (field === 'data') data.push(value);
      else if (field === 'event') type = value;
      else if (field === 'id') id = value;
    }
    return undefined;
  }

  /** Events up to one that satisfies. */
  async until(isLast: (event: ServerSentEvent) => boolean): Promise<ServerSentEvent[]> {
    const events: ServerSentEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) {
      events.push(event);
      if (isLast(event)) return events;
    }
    throw new Error(`The stream ended early, after ${events.length} events.`);
  }

  close(): void {
    this.abort.abort();
  }
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (!(error instanceof Error) || !['AbortError', 'TypeError'].includes(error.name)) throw error;
  }
}
