const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const HEADS = [
  'case',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'service',
  'node',
  'redis',
  'beside',
  'driver',
  'ratio',
  'by time',
  'aim',
];

const total = ({ cpu }) => Object.values(cpu).reduce((sum, us) => sum + us, 0);

/**
 * `ratio` is that of the rates, `by time` that of the processor time of all processes: what the ratio would be if nothing
 * else kept the processors busy.
 *
 * @param rounds by case name, the figures of each round
 * @returns markdown
 */
export function table(cases, rounds) {
  const of = (name, pick) => (rounds.has(name) ? median(rounds.get(name).map(pick)) : undefined);
  const rows = cases
    .filter(({ name }) => rounds.has(name))
    .map(({ name, reference, aim }) => {
      const cpu = (who) => of(name, (round) => round.cpu[who]).toFixed(1);
      // Ratios of the same round: what slows the machine slows both.
      const ratio = (of) => {
        const references = rounds.get(reference);
        if (references === undefined) return '';
        return median(rounds.get(name).map((round, index) => of(round, references[index]))).toFixed(2);
      };
      return [
        name,
        Math.round(of(name, ({ rate }) => rate)).toLocaleString('en'),
        of(name, ({ p50Ms }) => p50Ms).toFixed(2),
        of(name, ({ p99Ms }) => p99Ms).toFixed(2),
        ...['service', 'node', 'redis', 'beside', 'driver'].map(cpu),
        ratio((round, other) => round.rate / other.rate),
        ratio((round, other) => total(other) / total(round)),
        aim ?? '',
      ];
    });
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(HEADS), line(HEADS.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
