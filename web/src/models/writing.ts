/** Text from a run, token by token, with what each token cost and what it was chosen from. */
import { createDecoder, generateTokens, likeliest } from 'seqlab/inference'
import { parseWith } from 'seqlab/models'
import { platform, UserError } from 'seqlab/platform'
import type { WrittenToken } from './protocol.js'
import type { LoadedSubject } from './subject.js'
import { type WritingOptions, writingOptions } from './writing-options.js'

const choices = 5
/** Milliseconds between messages: the page draws no faster. */
const interval = 100

interface Listener {
  written(tokens: readonly WrittenToken[]): void
  stopped(): boolean
}

export async function write(
  subject: LoadedSubject,
  prompt: string,
  options: WritingOptions,
  listener: Listener,
): Promise<void> {
  const { tokens: count, ...sampling } = parseWith(writingOptions, options, 'Write')
  const ids = subject.encode(prompt)
  if (ids.length === 0) throw new UserError('The prompt is empty – begin with a word or a line break.')
  const decoder = await createDecoder(subject.model, subject.parameters, { executor: subject.executor })
  const { now } = platform()
  let waiting: WrittenToken[] = []
  let said = now()
  const flush = () => {
    listener.written(waiting)
    waiting = []
    said = now()
  }
  try {
    const generated = generateTokens(decoder, ids, count, sampling)
    const decode = subject.streaming()
    while (!listener.stopped()) {
      const began = now()
      const { value, done } = await generated.next()
      if (done) break
      const microseconds = (now() - began) * 1000
      waiting.push({
        text: decode(value.id),
        position: decoder.position,
        microseconds,
        ...(await decoder.bytes()),
        choices: likeliest(value.logits, choices).map(({ id, probability }) => ({
          text: subject.piece(id),
          probability,
        })),
      })
      if (now() - said < interval) continue
      flush()
      await breath()
    }
    flush()
  } finally {
    await decoder.dispose()
  }
}

/** Lets messages in, such as that to stop: runs of the runtime alone never do. */
const breath = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
