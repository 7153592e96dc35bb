import { parsed } from '../body/validate.js';
import { IsListOfUpTo } from './rules.js';

const MAX_MOVEMENTS = 1_000;

/** `POST /v1/movements`: the envelope. Its lines are looked at one by one. */
class MovementBatchDto {
  @IsListOfUpTo(MAX_MOVEMENTS) movements!: unknown[];
}

export const parseMovementBatch = (body: unknown): readonly unknown[] => parsed(MovementBatchDto, body).movements;
