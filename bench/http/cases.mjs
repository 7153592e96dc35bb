/** What is measured, beside what. `aim` is the share of the reference's rate that we want. */

const WRITERS = 256;
const READERS = 64;

/** `stock` is what must be there before. Cases on a hot SKU get stock of their own in every round, so that all rounds are alike. */
export const CASES = [
  { name: 'empty GET', server: 'empty', load: 'get', path: '/empty', inFlight: READERS },
  { name: 'empty POST', server: 'empty', load: 'post', path: '/empty', inFlight: WRITERS },
  { name: 'reservation, hot SKU', load: 'reserve', hot: true, inFlight: WRITERS, reference: 'empty POST', aim: 0.35 },
  { name: 'reservation + confirm', load: 'reserveAndConfirm', hot: true, inFlight: WRITERS, reference: 'empty POST' },
  {
    name: 'movement, 20,000 streams',
    load: 'move',
    stock: 'moved',
    lines: 1,
    inFlight: WRITERS,
    reference: 'empty POST',
    aim: 0.25,
  },
  { name: 'movements, 100 a call', load: 'move', stock: 'moved', lines: 100, inFlight: 16, reference: 'empty POST' },
  {
    name: 'ATP, one SKU',
    load: 'one',
    stock: 'asked',
    prefix: '/v1/availability/',
    inFlight: READERS,
    reference: 'bare GET',
    aim: 0.85,
  },
  {
    name: 'ATP, 100 SKUs x 4 locations',
    load: 'many',
    stock: 'asked',
    path: '/v1/availability',
    inFlight: READERS,
    reference: 'bare MGET of 100',
    aim: 0.85,
  },
  {
    name: 'the same with 400 cells',
    load: 'many',
    stock: 'asked',
    path: '/v1/availability',
    detail: true,
    inFlight: READERS,
    reference: 'bare MGET of 100',
  },
  { name: 'bare GET', server: 'bare', load: 'one', stock: 'asked', prefix: '/', inFlight: READERS },
  { name: 'bare MGET of 100', server: 'bare', load: 'many', stock: 'asked', path: '/', inFlight: READERS },
];
