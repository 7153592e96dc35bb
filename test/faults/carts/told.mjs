import { isDeepStrictEqual } from 'node:util';

/** Answers that say why a change cannot be made; any other refusal is a fault. */
const REFUSALS = [
  'reservation-ended',
  'reservation-confirmed',
  'insufficient',
  'unknown-line',
  'fulfil-exceeds-hold',
  'foreign-location',
];

/** What a customer was told and the streams do not bear out. */
export function untrueAnswers({ reference, reserved, changed }, cart) {
  if (reserved === undefined) return [`${reference} was told nothing`];
  const { status, body } = reserved;
  if (status === 409 && body.code === 'insufficient') {
    const { phase, reason } = cart ?? {};
    return phase === 'rejected' && reason === 'insufficient'
      ? []
      : [`${reference} was refused and is ${phase} ${reason}`];
  }
  if (status !== 201 && status !== 200) return [`${reference} was answered ${status} ${JSON.stringify(body)}`];
  if (cart?.accepted === undefined) return [`${reference} was accepted, and its stream does not say so`];
  const lines = cart.accepted.holds.map(({ sku, location, quantity }) => ({ sku, location, quantity }));
  const faults = [];
  if (!isDeepStrictEqual(body.lines, lines)) faults.push('was told other lines than its stream has');
  if (!isDeepStrictEqual(body.missing ?? [], cart.missing))
    faults.push('was told other shortfalls than its stream has');
  for (const answer of changed) faults.push(...untrueChange(answer, cart));
  return faults.map((fault) => `${reference} ${fault}`);
}

function untrueChange({ change, status, body }, cart) {
  const what = `was answered ${status} ${body.code ?? body.status} to ${change.kind}`;
  if (status !== 200) return REFUSALS.includes(body.code) ? [] : [`${what}: ${JSON.stringify(body)}`];
  const key = change.id === undefined ? change.kind : `${change.kind}:${change.id}`;
  const made = [...cart.settled].some(([name, how]) => name.split('#')[0] === key && how === 'made');
  const nothingToDo = change.kind === 'move' && body.lines[change.line]?.location === change.to;
  if (!made && !nothingToDo) return [`${what}, and its stream has no such change`];
  if (change.kind === 'confirm' && !cart.confirmed) return [`${what} and is not confirmed`];
  if (change.kind === 'cancel' && cart.ended !== 'cancelled') return [`${what} and is not cancelled`];
  return [];
}

/** Whether the same request once more has the same answer as the first time. */
export function otherAnswer({ reference, reserved }, again) {
  const expected = reserved.status === 201 ? 200 : reserved.status;
  if (again.status === expected && isDeepStrictEqual(again.body, reserved.body)) return [];
  const text = (answer) => `${answer.status} ${JSON.stringify(answer.body)}`;
  return [`${reference} was told ${text(reserved)} and, when it asked again, ${text(again)}`];
}
