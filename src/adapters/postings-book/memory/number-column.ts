type NumberArray = Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** A list of numbers that takes no more memory than they need, twice over at most. */
export class NumberColumn {
  length = 0;
  private values: NumberArray;

  constructor(private readonly type: new (length: number) => NumberArray) {
    this.values = new type(1_024);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new this.type(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.values[index] ?? 0;
  }
}
