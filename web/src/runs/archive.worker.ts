/** A worker that packs or unpacks one run: megabytes, which the page would feel. */
import { browserPlatform } from 'seqlab/browser'
import { setPlatform } from 'seqlab/platform'
import { z } from 'zod'
import { packRun } from './pack.js'
import { type Given, unpackRun } from './unpack.js'

export type ToArchive =
  | { readonly kind: 'pack'; readonly name: string }
  | { readonly kind: 'unpack'; readonly given: readonly Given[] }
export type FromArchive = { readonly done: Blob | string } | { readonly failed: string }

z.config({ jitless: true })
setPlatform(browserPlatform)
const say = (message: FromArchive) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<ToArchive>) => {
  const work: Promise<Blob | string> = data.kind === 'pack' ? packRun(data.name) : unpackRun(data.given)
  work.then(
    (done) => say({ done }),
    (error: Error) => say({ failed: error.message }),
  )
})
