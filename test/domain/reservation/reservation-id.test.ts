import { describe, expect, it } from 'vitest';
import {
  cartId,
  cartKeyOf,
  holdReference,
  movedKeyOf,
  reservationId,
  reservationOfHold,
  reservationsOfHolds,
} from '../../../src/domain/reservation/reservation-id.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import { id } from '../../support/given-stock.js';

const key = { sku: 'MUG' as Sku, location: 'STORE-A' as LocationId };
const elsewhere = { ...key, location: 'STORE-B' as LocationId };

describe('the reservation that a hold belongs to', () => {
  it('is the hold itself when it has one line', () => {
    const name = { reference: 'order-1', reservationId: reservationId({ key, reference: id('order-1') }) };
    expect(reservationOfHold(key, id('order-1'))).toEqual(name);
  });

  it('is the cart, whose stream is another', () => {
    const cart = cartKeyOf(id('order-2'));
    const name = { reference: 'order-2', reservationId: cartId(cart) };
    expect(reservationOfHold(key, holdReference(cart, 3))).toEqual(name);
  });

  it('keeps reference and id when it was moved to another location', () => {
    const made = { key: elsewhere, reference: id('order-3') };
    const name = { reference: 'order-3', reservationId: reservationId(made) };
    expect(reservationOfHold(key, holdReference(movedKeyOf(made), 1))).toEqual(name);
  });

  it('is named once, however many of its holds are there', () => {
    const cart = cartKeyOf(id('order-2'));
    const holds = [holdReference(cart, 1), id('order-1'), holdReference(cart, 2)];
    expect(reservationsOfHolds(key, holds).map(({ reference }) => reference)).toEqual(['order-2', 'order-1']);
  });
});
