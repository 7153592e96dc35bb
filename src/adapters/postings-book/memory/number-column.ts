type NumberArray = Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** A list of numbers that takes no more memory than they need, twice over at most. */
export class NumberColumn {
  length = 0;
  private values: NumberArray;

  constructor(private readonly type: new (length: number) => NumberArray) {
    this.values = new type(1_024);
  }

  push(value: number): void {
    this.makeRoomFor(1);
    this.values[this.length] = value;
    this.length += 1;
  }

  /** So many of them as text, in the order of bytes of this machine. */
  encoded(from: number, to: number): string {
    const { buffer, byteOffset, byteLength } = this.values.subarray(from, to);
    return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  }

  /** Appends what {@link encoded} gave. */
  pushEncoded(text: string): void {
    const bytes = Buffer.from(text, 'base64');
    const count = bytes.length / this.values.BYTES_PER_ELEMENT;
    this.makeRoomFor(count);
    const room = this.values.subarray(this.length, this.length + count);
    new Uint8Array(room.buffer, room.byteOffset, room.byteLength).set(bytes);
    this.length += count;
  }

  at(index: number): number {
    return this.values[index] ?? 0;
  }

  private makeRoomFor(count: number): void {
    const needed = this.length + count;
    if (needed <= this.values.length) return;
    const larger = new this.type(Math.max(needed, this.values.length * 2));
    larger.set(this.values);
    this.values = larger;
  }
}
