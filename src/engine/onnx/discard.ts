/** Giving memory back at once instead of when the garbage collector comes around. */
import type { InferenceSession, OnnxValue } from 'onnxruntime-common'

let away: MessagePort | undefined

/**
 * Frees what a run returned beside the `targets` it was told to write into: onnxruntime-node copies every such output
 * into a new array too, megabytes a training step that no one reads. A buffer sent to a closed port is freed on the spot.
 */
export function discardCopies(
  results: InferenceSession.OnnxValueMapType,
  targets: Readonly<Record<string, OnnxValue>>,
): void {
  away ??= closedPort()
  const copies = Object.entries(results).flatMap(([name, { data }]) => {
    const { buffer } = data as Float32Array
    return buffer instanceof ArrayBuffer && buffer !== (targets[name].data as Float32Array).buffer ? [buffer] : []
  })
  away.postMessage(undefined, copies)
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port2.close()
  return port1
}
