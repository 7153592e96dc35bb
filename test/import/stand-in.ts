import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A movement as it arrived, untyped beyond what the stand-in itself looks at. */
export interface Arrived {
  readonly id: string;
  readonly type: string;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
  readonly occurredAt: string;
  readonly [field: string]: unknown;
}

/** What goes wrong with one request. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'lose-request' }
  | { readonly kind: 'lose-answer' };

/** A door that stays shut until it is opened. */
export class Latch {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Stands in for `POST /v1/movements` to force the faults a real service has only by accident. */
export class StandIn {
  /** Taken one a request, first come first served; with none left, requests are answered as they should be. */
  readonly faults: Fault[] = [];
  readonly batches: (readonly Arrived[])[] = [];
  readonly keys = new Set<string>();
  readonly #stored = new Map<string, string>();
  readonly #arrivals: Arrived[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #port = 0;

  /** Gives the problem a movement is rejected with. */
  rejects: (movement: Arrived) => string | undefined = () => undefined;
  /** Answers wait for it. */
  gate: () => Promise<void> = async () => {};

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Every movement stored, once, in the order of arrival. */
  get movements(): readonly Arrived[] {
    return this.#arrivals;
  }

  async start(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection; what is stored stays, and start() takes the same port again. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  onHand(): Record<string, number> {
    const totals: Record<string, number> = {};
    for (const { sku, location, type, quantity } of this.#arrivals) {
      const stream = `${sku}@${location}`;
      totals[stream] = (totals[stream] ?? 0) + (type === 'sale' ? -quantity : quantity);
    }
    return totals;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(await text(request));
    const { movements } = body as { readonly movements: readonly Arrived[] };
    this.batches.push(movements);
    this.keys.add(request.headers.authorization ?? '');
    const fault = this.faults.shift();
    switch (fault?.kind) {
      case 'answer': {
        const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
        response.writeHead(fault.status, headers).end(JSON.stringify({ detail: `told to answer ${fault.status}` }));
        return;
      }
      case 'lose-request':
        request.socket.destroy();
        return;
      case 'lose-answer':
        for (const movement of movements) this.#store(movement);
        request.socket.destroy();
        return;
      case undefined: {
        const results = movements.map((movement) => this.#store(movement));
        await this.gate();
        response.end(JSON.stringify({ results, position: 'p' }));
      }
    }
  }

  #store(movement: Arrived): object {
    const { id, sku, location } = movement;
    const detail = this.rejects(movement);
    if (detail !== undefined) return { id, status: 'rejected', problem: { status: 422, code: 'told-to', detail } };
    const key = `${sku}@${location} ${id}`;
    const content = JSON.stringify(movement);
    const known = this.#stored.get(key);
    if (known === content) return { id, status: 'duplicate' };
    if (known !== undefined) return { id, status: 'rejected', problem: { code: 'id-reused', detail: 'id-reused' } };
    this.#stored.set(key, content);
    this.#arrivals.push(movement);
    return { id, status: 'accepted', revision: this.#arrivals.length };
  }
}
