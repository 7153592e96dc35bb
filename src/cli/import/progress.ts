const BAR_WIDTH = 30;
const REDRAW_MS = 100;
const REPORT_MS = 5_000;

/** Shows how far a pass over the file is: a bar on a terminal, else a line every few seconds. */
export class Progress {
  #label = '';
  #bytes = 0;
  #rows = 0;
  #startedAtMs = 0;
  readonly #timer: NodeJS.Timeout;

  /** `totalBytes` is the file's size on disk, 0 when unknown. */
  constructor(
    private readonly output: NodeJS.WriteStream,
    private readonly totalBytes: number,
  ) {
    this.#timer = setInterval(() => this.#show(), output.isTTY ? REDRAW_MS : REPORT_MS);
    this.#timer.unref();
  }

  begin(label: string): void {
    this.#label = label;
    this.#bytes = 0;
    this.#rows = 0;
    this.#startedAtMs = performance.now();
  }

  readonly addBytes = (bytes: number): void => {
    this.#bytes += bytes;
  };

  readonly addRow = (): void => {
    this.#rows++;
  };

  /** Takes the bar off the terminal. */
  end(): void {
    clearInterval(this.#timer);
    if (this.output.isTTY) this.output.write('\r\x1b[K');
  }

  #show(): void {
    const share = this.totalBytes === 0 ? 0 : Math.min(1, this.#bytes / this.totalBytes);
    const perSecond = Math.round((this.#rows * 1000) / (performance.now() - this.#startedAtMs));
    const text = `${this.#label} ${Math.floor(share * 100)} %, ${this.#rows} rows, ${perSecond} rows/s`;
    if (!this.output.isTTY) {
      this.output.write(`${text}\n`);
      return;
    }
    const done = Math.round(share * BAR_WIDTH);
    this.output.write(`\r\x1b[K[${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}] ${text}`);
  }
}
