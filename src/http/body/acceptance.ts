import { getMetadataStorage, type ValidationArguments, type ValidatorConstraintInterface } from 'class-validator';

/** Says yes to an instance only if class-validator finds nothing wrong with it; a no means that it must be asked. */
export type Acceptance = (instance: object) => boolean;

type StoredRule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** What the decorators of one field ask for. */
interface Field {
  readonly name: string;
  readonly conditions: ((object: object, value: unknown) => boolean)[];
  readonly tests: ((object: object, value: unknown) => boolean)[];
}

/**
 * Compiles the decorators of a class once into a check that costs a tenth of `validateSync`. The decorators stay the
 * only definition, and class-validator remains the one that words what is wrong.
 */
export function acceptanceOf(shape: new () => object): Acceptance {
  const rules = rulesOf(shape);
  const fields = new Map<string, Field>();
  for (const rule of rules) {
    const field = fields.get(rule.propertyName) ?? { name: rule.propertyName, conditions: [], tests: [] };
    fields.set(rule.propertyName, field);
    if (!compile(rule, field, shape.name)) return () => false;
  }
  if (fields.size === 0) return () => false;
  const all = [...fields.values()];
  return (instance) => {
    for (const name of Object.keys(instance)) if (!fields.has(name)) return false;
    for (const field of all) if (!fieldAccepts(field, instance)) return false;
    return true;
  };
}

const rulesOf = (shape: new () => object): readonly StoredRule[] =>
  getMetadataStorage().getTargetValidationMetadatas(shape, '', false, false);

/** The names of the fields that have rules. */
export const fieldsOf = (shape: new () => object): readonly string[] => [
  ...new Set(rulesOf(shape).map(({ propertyName }) => propertyName)),
];

function fieldAccepts({ name, conditions, tests }: Field, object: object): boolean {
  const value = (object as Readonly<Record<string, unknown>>)[name];
  for (const applies of conditions) if (!applies(object, value)) return true;
  for (const test of tests) if (!test(object, value)) return false;
  return true;
}

/** Adds a rule to its field; false for a kind of rule that this does not know. */
function compile(rule: StoredRule, field: Field, targetName: string): boolean {
  if (rule.type === 'conditionalValidation') {
    field.conditions.push(rule.constraints[0]);
    return true;
  }
  if (rule.type !== 'customValidation' || rule.validateIf !== undefined) return false;
  for (const { instance, async } of getMetadataStorage().getTargetValidatorConstraints(rule.constraintCls)) {
    if (async) return false;
    field.tests.push(testOf(instance, rule, targetName));
  }
  return true;
}

function testOf(instance: ValidatorConstraintInterface, rule: StoredRule, targetName: string) {
  const { each, constraints, propertyName: property } = rule;
  // A promise is no yes.
  const passes = (value: unknown, args: ValidationArguments) => instance.validate(value, args) === true;
  return (object: object, value: unknown): boolean => {
    const args = { targetName, property, object, value, constraints };
    if (!each) return passes(value, args);
    return Array.isArray(value) && value.every((item) => passes(item, args));
  };
}
