export type AdjustmentReason = 'damage' | 'loss' | 'found' | 'correction' | 'expiry' | 'internal-use';

/** The first that matches wins: "damages/display" is damage, whatever it was displayed for. */
const HINTS: readonly (readonly [AdjustmentReason, RegExp])[] = [
  ['expiry', /expir|out of date|past (its |sell.by )?date/i],
  ['damage', /damag|smash|broke|crush|crack|fault|mou?ldy|rust|\bwet\b|thr[oe]wn? away|unsale?able/i],
  ['loss', /\b(lost|loss|missing|mia|stolen|theft)\b/i],
  ['found', /\bfound\b/i],
  ['internal-use', /showroom|sample|display|internal use|given away/i],
];

/** What the note on a till line tells of why stock was adjusted; most tell nothing, and are corrections. */
export function adjustmentReason(description: string): AdjustmentReason {
  return HINTS.find(([, hint]) => hint.test(description))?.[0] ?? 'correction';
}
