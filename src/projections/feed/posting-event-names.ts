/** What is told of postings that wait for a person, by what a subject calls it. */
export const POSTING_EVENT_TYPES = {
  'posting-parked': 'stockfold.posting-parked.v1',
  'posting-resolved': 'stockfold.posting-resolved.v1',
} as const;
export type PostingEventName = keyof typeof POSTING_EVENT_TYPES;

export const POSTING_EVENT_NAMES = Object.keys(POSTING_EVENT_TYPES) as readonly PostingEventName[];
