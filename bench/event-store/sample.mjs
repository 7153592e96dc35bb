/** A sale as it is stored: some 370 bytes with its metadata. */
export const sampleData = { id: 'till-7:receipt-123456', quantity: 2, reference: 'receipt-123456' };
export const sampleMetadata = {
  schemaVersion: 1,
  occurredAt: '2026-03-02T10:15:30.000Z',
  recordedAt: '2026-03-02T10:15:31.123Z',
  actor: 'till-7',
  correlationId: '6f2c1f0e-31d8-4a51-9d9f-0f0c0e6f3d5a',
  commandId: 'till-7:receipt-123456',
};
