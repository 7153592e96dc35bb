import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RequestDurations } from '../../../src/http/request-durations.js';

const REQUESTS = [
  { method: 'GET', route: '/v1/availability/:sku', status: 200, seconds: 0.0004 },
  { method: 'GET', route: '/v1/availability/:sku', status: 200, seconds: 0.001 },
  { method: 'GET', route: '/v1/availability/:sku', status: 404, seconds: 0.5 },
  { method: 'POST', route: '/v1/reservations', status: 201, seconds: 0.02 },
  { method: 'POST', route: '/v1/reservations', status: 201, seconds: 12 },
];

it('request durations read in /metrics like a histogram of the library', async () => {
  const ours = new Registry();
  const durations = new RequestDurations(ours);
  const library = new Registry();
  const histogram = new Histogram({
    name: 'stockfold_http_request_duration_seconds',
    help: 'HTTP requests by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers: [library],
  });
  const routes = new Map<string, ReturnType<RequestDurations['ofRoute']>>();
  for (const { method, route, status, seconds } of REQUESTS) {
    const took = routes.get(route) ?? durations.ofRoute(method, route);
    routes.set(route, took);
    took(status, seconds);
    histogram.observe({ method, route, status }, seconds);
  }
  expect(linesOf(await ours.metrics())).toEqual(linesOf(await library.metrics()));
});

/** Labels may stand in any order. */
const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`))
    .sort();
