import { Inject } from '@nestjs/common';
import { isLocationId } from '../../domain/values/identifiers.js';
import type { JsonObject, JsonValue } from '../../domain/values/json.js';
import type { Principal } from '../../ports/access.js';
import { EventStoreUnavailable } from '../../ports/event-store.js';
import type { MovementMessage, MovementVerdict, RefusedMovement } from '../../ports/movement-source.js';
import { Overloaded } from '../../streams/stream-kind.js';
import { parseStrictJson } from '../body/strict-json.js';
import { isObject } from '../body/validate.js';
import { parseMovementBatch } from '../dto/movement-batch.js';
import { ServiceMetrics } from '../metrics.js';
import { Problem } from '../problem.js';
import { MovementIntake } from './movement-intake.js';

/** Who has caused the events of what came in as a message. */
const ACTOR = 'nats';

/** Records what comes in as messages, by the rules of `POST /v1/movements`. */
export class MovementMessages {
  constructor(
    @Inject(MovementIntake) private readonly intake: MovementIntake,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  async handle({ location, payload, id }: MovementMessage): Promise<MovementVerdict> {
    try {
      const lines = linesOf(payload);
      const { results, position } = await this.intake.record(lines, sender(location), {
        actor: ACTOR,
        correlationId: id,
      });
      return { status: 'settled', answer: { results, position }, refused: refusedOf(results, lines) };
    } catch (error) {
      if (error instanceof EventStoreUnavailable || error instanceof Overloaded) {
        return { status: 'later', reason: error.message };
      }
      if (!(error instanceof Problem)) throw error;
      this.metrics.movements.inc({ status: 'rejected' });
      const problem = error.toBody();
      return { status: 'settled', answer: problem, refused: [{ problem, payload: textOf(payload) }] };
    }
  }
}

/** Whoever may send to a location's subject may write there, and nowhere else. */
const sender = (location: string): Principal => ({
  name: ACTOR,
  scopes: new Set(['movements:write']),
  locations: new Set(isLocationId(location) ? [location] : []),
});

/** @throws Problem when the message as a whole cannot be read */
function linesOf(payload: Uint8Array): readonly unknown[] {
  const body = parseStrictJson(decoded(payload));
  const isOneMovement = isObject(body) && 'type' in body && !('movements' in body);
  return isOneMovement ? [body] : parseMovementBatch(body);
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function decoded(payload: Uint8Array): string {
  try {
    return UTF_8.decode(payload);
  } catch {
    throw new Problem(400, 'invalid-json', 'The message is not UTF-8.');
  }
}

const textOf = (payload: Uint8Array): string => new TextDecoder().decode(payload);

function refusedOf(results: readonly JsonObject[], lines: readonly unknown[]): RefusedMovement[] {
  return results.flatMap(({ problem }, index) =>
    isObject(problem) ? [{ problem, payload: (lines[index] ?? null) as JsonValue }] : [],
  );
}
