import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import type { Principal } from '../../ports/access.js';
import type { Caller } from '../../streams/stream-kind.js';
import { CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMovementBatch } from '../dto/movement-batch.js';
import { type MovementAnswer, MovementIntake } from '../movements/movement-intake.js';

@Controller('v1/movements')
export class MovementsController {
  constructor(@Inject(MovementIntake) private readonly intake: MovementIntake) {}

  @Post()
  @HttpCode(200)
  @Needs('movements:write')
  record(
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<MovementAnswer> {
    return this.intake.record(parseMovementBatch(body), principal, caller);
  }
}
