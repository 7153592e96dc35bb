/** What something folded from the streams needs to go on from where it was. */
export interface Checkpoint {
  /** The event store that it was built from. */
  readonly storeIdentity: string;
  /** Words without blanks, such as positions. */
  readonly progress: readonly string[];
  /** One entry a line, without line ends. */
  readonly lines: Iterable<string>;
}

export type CheckpointContent = Omit<Checkpoint, 'storeIdentity'>;

/** Keeps a checkpoint over restarts. Losing it costs a fold from the start and nothing else. */
export abstract class CheckpointKeeper {
  /** What was kept of this store, from here on the one that checkpoints are of; undefined when nothing was. */
  abstract open(storeIdentity: string): Promise<CheckpointContent | undefined>;

  /** Something is newer than what was kept: it is asked for its content before long, and when this is closed. */
  abstract changed(content: () => CheckpointContent): void;

  abstract close(): Promise<void>;
}
