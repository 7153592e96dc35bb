/**
 * Remembers about the last `capacity` entries, in two halves: when the recent half is full it becomes the older one,
 * and what was there is forgotten.
 */
export class RecentMap<Key, Value> {
  private recent = new Map<Key, Value>();
  private older: ReadonlyMap<Key, Value> = new Map();

  constructor(private readonly capacity: number) {}

  get(key: Key): Value | undefined {
    return this.recent.get(key) ?? this.older.get(key);
  }

  set(key: Key, value: Value): void {
    this.recent.set(key, value);
    if (this.recent.size * 2 < this.capacity) return;
    this.older = this.recent;
    this.recent = new Map();
  }
}
