/** One read for all who ask while another one is under way: each gets one that began after it asked. */
export class SharedRead<T> {
  private underWay: Promise<unknown> = Promise.resolve();
  private next: Promise<T> | undefined;

  constructor(private readonly read: () => Promise<T>) {}

  begunNow(): Promise<T> {
    this.next ??= this.underWay.then(() => {
      this.next = undefined;
      const reading = this.read();
      this.underWay = reading.catch(() => undefined);
      return reading;
    });
    return this.next;
  }
}
