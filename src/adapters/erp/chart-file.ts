import { readFileSync } from 'node:fs';
import { type Chart, chartOf } from '../../domain/chart/chart.js';
import { chartDefects } from '../../domain/chart/chart-defects.js';

/** A chart that cannot be used; the message names every defect. */
export class InvalidChart extends Error {
  override readonly name = 'InvalidChart';
}

/**
 * Reads a chart: `{"name", "version", "journal"?, "accounts": {role: "1400" | [{"location": "STORE-B", "account":
 * "1401"}, {"account": "1400"}]}}`. @throws InvalidChart
 */
export function readChart(path: string): Chart {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidChart(`The chart of accounts ${path} cannot be read: ${(error as Error).message}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InvalidChart(`The chart of accounts ${path} is not JSON: ${(error as Error).message}`);
  }
  const defects = chartDefects(json);
  if (defects.length > 0)
    throw new InvalidChart(`The chart of accounts ${path} cannot be used: ${defects.join('; ')}.`);
  return chartOf(json as Parameters<typeof chartOf>[0]);
}
