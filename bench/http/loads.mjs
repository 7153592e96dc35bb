/** What the driver asks: each load makes a function that writes the next request of a connection. */

const OCCURRED_AT = '2026-11-20T10:00:00Z';
const VARIANTS = 64;

export const SKUS = { movements: 20_000, availability: 1_000 };
export const LOCATIONS = ['STORE-A', 'STORE-B', 'STORE-C', 'STORE-D'];
export const movedSku = (index) => `MOVED-${index}`;
export const askedSku = (index) => `ASKED-${index}`;

const request = (method, path, key, body) => {
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};

const reservation = (sku, reference) =>
  `{"reference":"${reference}","lines":[{"sku":"${sku}","location":"STORE-A","quantity":1}],"ttlSeconds":900}`;

const sale = (id, sku) =>
  `{"id":"${id}","type":"sale","sku":"${sku}","location":"STORE-A","occurredAt":"${OCCURRED_AT}","quantity":1}`;

/** A walk over all of them in an order that caches do not like. */
const scattered = (n, of) => (n * 7_919) % of;

/** A list of requests again and again. */
const cycle = (requests) => {
  let at = 0;
  return () => {
    at = (at + 1) % requests.length;
    return requests[at];
  };
};

const manySkus = (variant, count) =>
  Array.from({ length: count }, (_, index) => askedSku(scattered(variant * count + index, SKUS.availability)));

export const LOADS = {
  get: ({ path, key }) => cycle([request('GET', path, key)]),

  /** The body of a reservation to an endpoint that does nothing with it. */
  post: ({ path, key }) => cycle([request('POST', path, key, reservation('HOT', 'reference-1'))]),

  reserve: ({ key, tag, sku }) => {
    let n = 0;
    return () => {
      n += 1;
      return request('POST', '/v1/reservations', key, reservation(sku, `${tag}-${n}`));
    };
  },

  /** Each hold is confirmed by the connection that got it. */
  reserveAndConfirm: ({ key, tag, sku }) => {
    let n = 0;
    return (client, previous) => {
      if (client.reserved === true) {
        client.reserved = false;
        const id = /"id":"([^"]+)"/.exec(previous.latin1Slice())[1];
        return request('POST', `/v1/reservations/${id}/confirm`, key, '{}');
      }
      client.reserved = true;
      n += 1;
      return request('POST', '/v1/reservations', key, reservation(sku, `${tag}-${n}`));
    };
  },

  move: ({ key, tag, lines }) => {
    let n = 0;
    return () => {
      const movements = [];
      for (let line = 0; line < lines; line += 1) {
        n += 1;
        movements.push(sale(`${tag}-${n}`, movedSku(scattered(n, SKUS.movements))));
      }
      return request('POST', '/v1/movements', key, `{"movements":[${movements.join(',')}]}`);
    };
  },

  /** @param prefix path before the SKU */
  one: ({ key, prefix }) =>
    cycle(Array.from({ length: SKUS.availability }, (_, n) => request('GET', prefix + askedSku(n), key))),

  /** 100 SKUs at four named locations. */
  many: ({ key, path, detail }) =>
    cycle(
      Array.from({ length: VARIANTS }, (_, variant) => {
        const more = detail === undefined ? {} : { detail };
        return request(
          'POST',
          path,
          key,
          JSON.stringify({ skus: manySkus(variant, 100), locations: LOCATIONS, ...more }),
        );
      }),
    ),
};
