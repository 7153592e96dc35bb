import type { ReportedMovement } from '../../domain/stock/commands.js';
import {
  ADJUSTMENT_REASONS,
  type AdjustmentReason,
  DISPOSITIONS,
  type Disposition,
} from '../../domain/stock/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { ClientId, LocationId, Sku } from '../../domain/values/identifiers.js';
import { type Instant, parseInstant } from '../../domain/values/instant.js';
import { parseMoney } from '../../domain/values/money.js';
import { checked, type Defect, expected, isDefects, isObject, type Shape } from '../body/validate.js';
import {
  IsAmountText,
  IsClientIdText,
  IsCountedQuantity,
  IsCurrencyText,
  IsInstantText,
  IsLocationText,
  IsOneOf,
  IsQuantity,
  IsSignedQuantity,
  IsSkuText,
  IsTextOfUpTo,
  IsUnitCostText,
  Optional,
} from './rules.js';

const TYPES = ['receipt', 'sale', 'return', 'adjustment', 'count', 'disposition', 'cost-revision'] as const;

/** What every movement says. The fields are text and numbers that the decorators have found to be domain values. */
abstract class MovementDto {
  @IsClientIdText() id!: ClientId;
  @IsOneOf(TYPES) type!: string;
  @IsSkuText() sku!: Sku;
  @IsLocationText() location!: LocationId;
  @IsInstantText() occurredAt!: string;
  @Optional() @IsClientIdText() reference?: string;

  /** What is wrong between fields that are right by themselves. */
  contradiction(): Defect | undefined {
    return undefined;
  }

  /** The fact that this line reports. */
  abstract toFact(): ReportedMovement;

  protected common(): { id: ClientId; occurredAt: Instant; reference?: string } {
    return { id: this.id, occurredAt: instant(this.occurredAt), ...optional({ reference: this.reference }) };
  }
}

class ReceiptDto extends MovementDto {
  @IsQuantity() quantity!: number;
  @IsUnitCostText() unitCost!: string;
  @IsCurrencyText() currency!: Currency;
  @Optional() @IsClientIdText() supplyId?: ClientId;
  @Optional() @IsClientIdText() purchaseOrder?: string;

  toFact(): ReportedMovement {
    const { quantity, unitCost, currency, supplyId, purchaseOrder } = this;
    const named = optional({ supplyId, purchaseOrder });
    return { type: 'Received', ...this.common(), quantity, unitCost, currency, ...named };
  }
}

class SaleDto extends MovementDto {
  @IsQuantity() quantity!: number;
  @Optional() @IsTextOfUpTo(256) reservationId?: string;

  toFact(): ReportedMovement {
    const { quantity, reservationId } = this;
    return { type: 'Sold', ...this.common(), quantity, ...optional({ reservationId }) };
  }
}

class ReturnDto extends MovementDto {
  @IsQuantity() quantity!: number;
  @IsOneOf(DISPOSITIONS) disposition!: Disposition;
  @Optional() @IsClientIdText() originalSale?: ClientId;

  toFact(): ReportedMovement {
    const { quantity, disposition, originalSale } = this;
    return { type: 'Returned', ...this.common(), quantity, disposition, ...optional({ originalSale }) };
  }
}

class AdjustmentDto extends MovementDto {
  @IsSignedQuantity() quantity!: number;
  @IsOneOf(ADJUSTMENT_REASONS) reason!: AdjustmentReason;

  toFact(): ReportedMovement {
    return { type: 'Adjusted', ...this.common(), quantity: this.quantity, reason: this.reason };
  }
}

class CountDto extends MovementDto {
  @IsCountedQuantity() counted!: number;
  @Optional() @IsOneOf(DISPOSITIONS) disposition?: Disposition;

  toFact(): ReportedMovement {
    return { type: 'Counted', ...this.common(), counted: this.counted, disposition: this.disposition ?? 'sellable' };
  }
}

class DispositionDto extends MovementDto {
  @IsQuantity() quantity!: number;
  @IsOneOf(DISPOSITIONS) from!: Disposition;
  @IsOneOf(DISPOSITIONS) to!: Disposition;

  override contradiction(): Defect | undefined {
    return this.from === this.to ? { path: 'to', message: expected('must differ from from', this.to) } : undefined;
  }

  toFact(): ReportedMovement {
    return { type: 'DispositionMoved', ...this.common(), quantity: this.quantity, from: this.from, to: this.to };
  }
}

class CostRevisionDto extends MovementDto {
  @IsAmountText() amount!: string;
  @IsCurrencyText() currency!: Currency;
  @IsTextOfUpTo(200) reason!: string;

  override contradiction(): Defect | undefined {
    if (parseMoney(this.amount, this.currency) !== undefined) return undefined;
    return { path: 'amount', message: expected(`must be an amount that ${this.currency} can express`, this.amount) };
  }

  toFact(): ReportedMovement {
    const { amount, currency, reason } = this;
    return { type: 'UnitCostRevised', ...this.common(), amount, currency, reason };
  }
}

const SHAPES: Readonly<Record<(typeof TYPES)[number], Shape<MovementDto>>> = {
  receipt: ReceiptDto,
  sale: SaleDto,
  return: ReturnDto,
  adjustment: AdjustmentDto,
  count: CountDto,
  disposition: DispositionDto,
  'cost-revision': CostRevisionDto,
};

/** One line of `POST /v1/movements`, or what is wrong with it. */
export function parseMovement(line: unknown): MovementDto | readonly Defect[] {
  if (!isObject(line)) return [{ path: '', message: expected('must be an object', line) }];
  const type = TYPES.find((known) => known === line.type);
  if (type === undefined) return [{ path: 'type', message: expected(`must be one of ${TYPES.join(', ')}`, line.type) }];
  const dto = checked(SHAPES[type], line);
  if (isDefects(dto)) return dto;
  const defect = dto.contradiction();
  return defect === undefined ? dto : [defect];
}

export function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed === undefined) throw new Error('An instant passed validation and does not parse.');
  return parsed;
}

/** Leaves out what was not given, so that a stored event holds no empty fields. */
function optional<T extends object>(fields: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } {
  const given: Partial<T> = {};
  for (const name in fields) if (fields[name] !== undefined) given[name] = fields[name];
  return given as { [Field in keyof T]?: Exclude<T[Field], undefined> };
}
