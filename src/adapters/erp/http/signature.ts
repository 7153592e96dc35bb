import { createHash, createHmac } from 'node:crypto';

export const TIMESTAMP_HEADER = 'stockfold-timestamp';
export const SIGNATURE_HEADER = 'stockfold-signature';

/**
 * Headers that prove who sent a request, and when: HMAC-SHA256 under the secret of `<timestamp>.<METHOD>.<content>`.
 * @param content the body as it is sent, or the query behind the `?` of a request without one
 */
export function signed(
  secret: string,
  method: 'GET' | 'POST',
  content: string,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${method}.${content}`).digest('hex');
  return { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: `v1=${signature}` };
}

/** The same for the same body, and for no other. */
export const idempotencyKey = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 32);
