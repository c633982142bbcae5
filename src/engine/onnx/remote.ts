/** A host on the other side of a port: every call becomes a message with a number, every answer names it. */
import { UserError } from '../../platform/errors.js'
import type { Port } from '../../platform/index.js'
import type { Host } from './host.js'

interface Request {
  readonly id: number
  readonly method: keyof Host
  readonly args: readonly unknown[]
}
interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
  /** Whether the error is one for the user, whose message says it all. */
  readonly forUser?: boolean
}

const methods = [
  'prepare',
  'release',
  'run',
  'write',
  'read',
  'grow',
  'rename',
  'remove',
  'copyRow',
  'revert',
  'bytes',
  'dispose',
] as const satisfies readonly (keyof Host)[]

export function remoteHost(port: Port): Host {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let count = 0
  port.onMessage(({ id, value, error, forUser }: Answer) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(value)
    else call?.reject(forUser ? new UserError(error) : new Error(error))
  })
  port.onError((error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  })
  const call = (method: keyof Host) => {
    return (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const request: Request = { id: count++, method, args }
        waiting.set(request.id, { resolve, reject })
        port.post(request)
      })
  }
  return Object.fromEntries(methods.map((method) => [method, call(method)])) as unknown as Host
}

/** Answers the requests of a {@link remoteHost} with a host of this thread, one after the other. */
export function answer(host: Promise<Host>, post: (message: Answer) => void): (request: Request) => void {
  let last: Promise<unknown> = Promise.resolve()
  return ({ id, method, args }) => {
    last = last.then(async () => {
      try {
        const target = await host
        post({ id, value: await (target[method] as (...args: unknown[]) => Promise<unknown>)(...args) })
      } catch (error) {
        post({ id, error: error instanceof Error ? error.message : String(error), forUser: error instanceof UserError })
      }
    })
  }
}
