/** Fastify that does the Redis call alone: GET of one document, MGET of as many as the body names. */
import { fastify } from 'fastify';
import { createClient } from 'redis';

const [url, keyPrefix] = process.argv.slice(2);
const redis = createClient({ url });
await redis.connect();

const app = fastify();
app.get('/:sku', (request) => redis.get(keyPrefix + request.params.sku));
app.post('/', async (request) => {
  const documents = await redis.mGet(request.body.skus.map((sku) => keyPrefix + sku));
  if (documents.includes(null)) throw new Error('A document is missing.');
  return documents;
});
console.log(`ready at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
