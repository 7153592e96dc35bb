import type { Type } from '@nestjs/common';
import { AvailabilityController } from './availability.controller.js';
import { FeedController } from './feed.controller.js';
import { FulfilmentGroupsController } from './fulfilment-groups.controller.js';
import { MasterDataController } from './master-data.controller.js';
import { MovementsController } from './movements.controller.js';
import { OperationsController } from './operations.controller.js';
import { PoliciesController } from './policies.controller.js';
import { PostingDecisionsController } from './posting-decisions.controller.js';
import { PostingFeedController } from './posting-feed.controller.js';
import { PostingSummariesController } from './posting-summaries.controller.js';
import { PostingsController } from './postings.controller.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { ReplaysController } from './replays.controller.js';
import { ReservationsController } from './reservations.controller.js';
import { StreamsController } from './streams.controller.js';
import { SuppliesController } from './supplies.controller.js';
import { TransfersController } from './transfers.controller.js';
import { ValuationController } from './valuation.controller.js';

/** What a process answers whatever its roles are. */
export const OPERATIONS_ONLY: Type[] = [ReconciliationController, OperationsController];

/** What a process with the role `api` answers. */
export const CONTROLLERS: Type[] = [
  MovementsController,
  ReservationsController,
  TransfersController,
  SuppliesController,
  FulfilmentGroupsController,
  FeedController,
  AvailabilityController,
  PoliciesController,
  MasterDataController,
  StreamsController,
  ValuationController,
  PostingDecisionsController,
  PostingFeedController,
  PostingSummariesController,
  PostingsController,
  ReplaysController,
  ReconciliationController,
  OperationsController,
];
