/**
 * An iterable that its consumer can leave while it waits: a generator alone would not hear of it before its next item.
 * @param generate is given a signal that aborts when either the signal given here does, or the consumer leaves
 */
export function leavable<T>(
  signal: AbortSignal,
  generate: (signal: AbortSignal) => AsyncGenerator<T>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const left = new AbortController();
      const items = generate(AbortSignal.any([signal, left.signal]));
      return {
        next: () => items.next(),
        return: () => {
          left.abort();
          return items.return(undefined);
        },
      };
    },
  };
}
