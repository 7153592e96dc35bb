export type Fault = 'lost' | 'unanswered' | 'refused-500' | 'applied-500' | 'slow' | 'torn';
export declare const FAULTS: readonly Fault[];

export declare class FaultProxy {
  static start(url: string): Promise<FaultProxy>;
  fault: (method: string) => Fault | undefined;
  readonly counts: Readonly<Record<Fault, number>>;
  readonly calls: string[];
  slowMs: number;
  expireSessions: boolean;
  readonly url: string;
  readonly port: number;
  listen(): Promise<void>;
  refuse(): Promise<void>;
}
