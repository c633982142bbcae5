/** A worker that holds one trained run and answers what is asked of it, one question after another. */
import { browserPlatform } from 'seqlab/browser'
import { setPlatform } from 'seqlab/platform'
import { z } from 'zod'
import type { Calls, FromModel, ToModel } from './protocol.js'
import { openReading, type Reading } from './reading.js'
import { type LoadedSubject, loadSubject } from './subject.js'
import { write } from './writing.js'

z.config({ jitless: true })
setPlatform(browserPlatform)

let subject: LoadedSubject | undefined
let reading: Reading | undefined
let stopping = false

const loaded = () => {
  if (subject) return subject
  throw new Error('the run is not open yet')
}
const read = () => {
  if (reading) return reading
  throw new Error('no text was read yet')
}

const answers: { [K in keyof Calls]: (...given: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>> } = {
  async open(folder) {
    subject = await loadSubject(folder)
    return subject.opened
  },
  async read(text) {
    await reading?.dispose()
    reading = await openReading(loaded(), text)
    return reading.view
  },
  map: async (name) => read().map(name),
  tensor: async (name) => read().tensor(name),
  moment: async (leaf, position) => read().moment(leaf, position),
  course: async (leaf) => read().course(leaf),
  similar: async (layer, position) => read().similar(layer, position),
  explain: (position, target) => read().explain(position, target),
  async write(prompt, options) {
    stopping = false
    await write(loaded(), prompt, options, {
      written: (tokens) => say({ written: tokens }),
      stopped: () => stopping,
    })
  },
}

const say = (message: FromModel) => postMessage(message)

/** The runtime takes one run at a time, so questions wait for each other. */
let queue: Promise<void> = Promise.resolve()

addEventListener('message', ({ data }: MessageEvent<ToModel>) => {
  if (data.call === 'stop') {
    stopping = true
    return
  }
  const ask = answers[data.call] as (...given: unknown[]) => Promise<unknown>
  queue = queue.then(() =>
    ask(...data.with).then(
      (answer) => say({ id: data.id, answer }),
      (error) => say({ id: data.id, failure: error instanceof Error ? error.message : String(error) }),
    ),
  )
})
