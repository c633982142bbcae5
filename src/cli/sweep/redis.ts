/** The connection to the queue. */
import { Redis } from 'ioredis'
import { UserError } from '../../platform/errors.js'

/** One queue for all sweeps: a job that two of them want is run once. */
export const queueName = 'seqlab'
/** Where workers hear which jobs nobody wants any more. */
export const cancelChannel = 'seqlab:cancel'

export interface Connection {
  readonly client: Redis
  close(): void
}

/**
 * A connection that waits for a server that goes away, however long it takes to come back.
 *
 * @param tell says when the server is lost and found
 * @throws UserError when it cannot be reached to begin with
 */
export async function connect(url: string, tell: (text: string) => void): Promise<Connection> {
  const host = hostOf(url)
  let state: 'new' | 'there' | 'lost' | 'closed' = 'new'
  let cause = ''
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (state === 'new' ? null : Math.min(times * 100, 2000)),
  })
  client.on('error', (error: Error) => {
    cause = error.message
  })
  try {
    await client.connect()
    await client.ping()
  } catch (error) {
    client.disconnect()
    throw new UserError(
      `--queue: the Redis server at ${host} cannot be used (${cause || (error as Error).message}) – start it, or check the address`,
    )
  }
  state = 'there'
  client.on('close', () => {
    if (state !== 'there') return
    state = 'lost'
    tell(`the Redis server at ${host} is gone – waiting for it`)
  })
  client.on('ready', () => {
    if (state === 'lost') tell(`the Redis server at ${host} is back`)
    state = 'there'
  })
  return {
    client,
    close() {
      state = 'closed'
      client.disconnect()
    },
  }
}

/** Without the password that the address may hold. */
function hostOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.host) return parsed.host
  throw new UserError('--queue: expected an address such as redis://host:6379')
}
