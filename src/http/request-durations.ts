import type { Metric, Registry } from 'prom-client';

const NAME = 'stockfold_http_request_duration_seconds';
const BOUNDS_SECONDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

/** Requests of one route that ended with one status, by duration; the last count is of those beyond every bound. */
interface Tally {
  readonly labels: { readonly method: string; readonly route: string; readonly status: number };
  readonly counts: number[];
  seconds: number;
}

/**
 * The histogram of request durations. Each route keeps its own tallies: finding them by their labels, as the library
 * does for every observation, costs as much as answering a small question.
 */
export class RequestDurations {
  readonly name = NAME;
  readonly help = 'HTTP requests by route and status.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly tallies: Tally[] = [];

  constructor(registry: Registry) {
    registry.registerMetric(this as unknown as Metric);
  }

  /** What to call with the status and duration of each request of a route. */
  ofRoute(method: string, route: string): (status: number, seconds: number) => void {
    const byStatus = new Map<number, Tally>();
    return (status, seconds) => {
      let tally = byStatus.get(status);
      if (tally === undefined) {
        tally = { labels: { method, route, status }, counts: BOUNDS_SECONDS.map(() => 0).concat(0), seconds: 0 };
        byStatus.set(status, tally);
        this.tallies.push(tally);
      }
      tally.seconds += seconds;
      const bucket = bucketOf(seconds);
      tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
    };
  }

  /** In the library's form; `/metrics` asks for it. */
  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.tallies.flatMap(values) };
  }
}

function bucketOf(seconds: number): number {
  let bucket = 0;
  for (const bound of BOUNDS_SECONDS) {
    if (seconds <= bound) break;
    bucket += 1;
  }
  return bucket;
}

/** Prometheus counts cumulatively: a bucket holds all that is within its bound. */
function values({ labels, counts, seconds }: Tally) {
  let requests = 0;
  const buckets = counts.map((count, index) => {
    requests += count;
    return {
      metricName: `${NAME}_bucket`,
      labels: { le: BOUNDS_SECONDS[index] ?? '+Inf', ...labels },
      value: requests,
    };
  });
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels, value: seconds },
    { metricName: `${NAME}_count`, labels, value: requests },
  ];
}
