/** Serving the workbench's files on this machine alone. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import sirv from 'sirv'
import { UserError } from '../../platform/errors.js'

const host = '127.0.0.1'

export interface Served {
  readonly address: string
  close(): Promise<void>
}

/** Serves a folder; port 0 takes any that is free. @throws UserError for a port that cannot be had */
export async function serveSite(folder: string, port: number): Promise<Served> {
  const headers = await headersFor(folder)
  const files = sirv(folder, {
    dev: true,
    etag: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    },
  })
  const server = createServer((request, response) =>
    files(request, response, () => {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n')
    }),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refused(error, port)))
    server.listen(port, host, resolve)
  })
  return {
    address: `http://${host}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // A browser keeps connections open for what it may ask next.
        server.closeAllConnections()
      }),
  }
}

/**
 * The page's own policy for everything: workers do not inherit what a page says in its head. Isolation from other
 * origins is what gives pages shared memory, without which the runtime has one thread.
 */
async function headersFor(folder: string): Promise<Record<string, string>> {
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const policy = /content="(default-src [^"]+)"/.exec(page)?.[1]
  if (!policy) throw new Error(`${folder}: index.html has no security policy`)
  return {
    'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'X-Content-Type-Options': 'nosniff',
  }
}

function refused(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new UserError(`--port: ${port} is taken by another program – end that one, or choose another port`)
  if (error.code === 'EACCES')
    return new UserError(`--port: ${port} may not be used without more rights – choose one of 1024 or above`)
  return error
}
