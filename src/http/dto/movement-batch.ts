import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { parsed } from '../body/validate.js';

const MAX_MOVEMENTS = 1_000;

/** `POST /v1/movements`: the envelope. Its lines are looked at one by one. */
class MovementBatchDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_MOVEMENTS, {
    message: `movements may hold up to ${MAX_MOVEMENTS} lines; send the rest in another call`,
  })
  movements!: unknown[];
}

export const parseMovementBatch = (body: unknown): readonly unknown[] => parsed(MovementBatchDto, body).movements;
