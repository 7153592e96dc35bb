import { createClient } from 'redis';

const newClient = (url: string) => createClient({ url });
type Client = ReturnType<typeof newClient>;

/** One look into a Redis, or one blow to it, on a connection of its own. */
export async function withRedis<T>(url: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = newClient(url);
  await client.connect();
  try {
    return await act(client);
  } finally {
    client.destroy();
  }
}

export const redisKeys = (url: string, pattern: string): Promise<string[]> =>
  withRedis(url, async (client) => (await client.keys(pattern)).sort());

export const flushAll = (url: string): Promise<unknown> => withRedis(url, (client) => client.flushAll());

/** Everything under a pattern, as text. */
export const redisContents = (url: string, pattern: string): Promise<Map<string, string | null>> =>
  withRedis(url, async (client) => {
    const contents = new Map<string, string | null>();
    for (const key of (await client.keys(pattern)).sort()) contents.set(key, await client.get(key));
    return contents;
  });
