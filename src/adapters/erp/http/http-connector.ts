import {
  type ErpBalance,
  ErpConnector,
  type ErpEntry,
  type ErpOutcome,
  type ErpPosting,
  ErpRests,
} from '../../../ports/erp.js';
import { type Chart, mappingOf } from '../chart.js';
import { inTurn, retryLater } from '../in-turn.js';
import { postingMessage } from '../posting-message.js';
import { ROLES_CHART } from '../roles-chart.js';
import { balancesIn, entriesIn, openDateIn, outcomesIn, refsIn } from './answers.js';
import { Endpoint } from './endpoint.js';
import { EndpointFault } from './fault.js';
import type { HttpSettings } from './settings.js';

export interface HttpOptions {
  /** Default `http`. */
  readonly name?: string;
  /** Default: accounts named as their roles. */
  readonly chart?: Chart;
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: () => number;
}

/** Refs in one question, so that its address stays well below what servers take. */
const LOOK_UP_LIMIT = 50;

/** Posts to an endpoint that an integrator has built after the contract in `/openapi.json`, under `webhooks`. */
export class HttpConnector extends ErpConnector {
  override readonly name: string;
  override readonly batchLimit: number;
  override readonly parallel: number;
  override readonly mapping: string;
  private readonly chart: Chart;
  private readonly endpoint: Endpoint;

  constructor(settings: HttpSettings, { name = 'http', chart = ROLES_CHART, now = Date.now }: HttpOptions = {}) {
    super();
    this.name = name;
    this.chart = chart;
    this.mapping = mappingOf(chart);
    this.batchLimit = settings.batchLimit;
    this.parallel = settings.parallel;
    this.endpoint = new Endpoint(settings, now);
  }

  /** Nothing to do: an endpoint that is away is waited for when there is something to post. */
  override async open(): Promise<void> {}

  override post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    return inTurn(postings, this.batchLimit, (batch) => this.send(batch));
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = new Set(refs);
    const found = (await this.lookUp(refs)).flatMap(refsIn);
    return new Set(found.filter((ref) => asked.has(ref)));
  }

  override async balances(asOf?: string): Promise<readonly ErpBalance[]> {
    return balancesIn(await this.ask('/balances', asOf === undefined ? [] : [['asOf', asOf]]));
  }

  /** Undefined also where the endpoint cannot tell: a person names the day then. */
  override async openDateFrom(date: string): Promise<string | undefined> {
    try {
      return openDateIn(await this.ask('/open-date', [['from', date]]));
    } catch (error) {
      if (error instanceof EndpointFault && error.isUnknownPath) return undefined;
      throw error;
    }
  }

  override async entries(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>> {
    const answers = await this.lookUp(refs);
    return new Map(answers.flatMap((answer) => [...entriesIn(answer)]));
  }

  override async close(): Promise<void> {}

  private async send(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    try {
      const messages = postings.map((posting) => postingMessage(posting, this.chart));
      return outcomesIn(await this.endpoint.post('/postings', { postings: messages }), postings);
    } catch (error) {
      // Anything else has gone wrong before something was sent.
      const { applied, message, isRefusal, restMs } = error instanceof EndpointFault ? error : unsent(error);
      // A refusal of several says nothing of each: they come again in smaller batches.
      if (isRefusal && postings.length === 1) return [{ status: 'rejected', code: 'INVALID', detail: message }];
      return postings.map(() => retryLater(applied, message, restMs));
    }
  }

  private async lookUp(refs: readonly string[]): Promise<readonly unknown[]> {
    const answers: unknown[] = [];
    for (let start = 0; start < refs.length; start += LOOK_UP_LIMIT) {
      const asked = refs.slice(start, start + LOOK_UP_LIMIT);
      const parameters = asked.map((ref): [string, string] => ['ref', ref]);
      answers.push(await this.ask('/postings', parameters));
    }
    return answers;
  }

  /** @throws ErpRests, EndpointFault */
  private async ask(path: string, parameters: readonly [name: string, value: string][]): Promise<unknown> {
    try {
      return await this.endpoint.get(path, parameters);
    } catch (error) {
      if (!(error instanceof EndpointFault) || error.restMs === undefined) throw error;
      throw new ErpRests(error.message, error.restMs);
    }
  }
}

const unsent = (error: unknown) => new EndpointFault(error instanceof Error ? error.message : String(error), 'no');
