/** Giving memory back at once instead of when the garbage collector comes around: buffers here are megabytes. */
import type { InferenceSession, OnnxValue } from 'onnxruntime-common'

/** Made when this is loaded: a port closes with the next turn of the event loop, and holds what it is sent until then. */
const away = closedPort()

/**
 * Frees the memory behind arrays that nothing reads any more, where it was not freed before: a buffer sent to a closed
 * port is freed on the spot.
 */
export function free(buffers: readonly ArrayBufferLike[]): void {
  away.postMessage(
    undefined,
    buffers.filter((buffer) => buffer instanceof ArrayBuffer && buffer.byteLength > 0),
  )
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port2.close()
  return port1
}

/**
 * Frees what a run returned beside the `targets` that it was told to write into: onnxruntime-node copies each of them
 * into a new array too, all parameters and moments in a training step.
 */
export function freeCopies(
  results: InferenceSession.OnnxValueMapType,
  targets: Readonly<Record<string, OnnxValue>>,
): void {
  const bufferOf = ({ data }: OnnxValue) => (data as Float32Array).buffer
  const copies = Object.entries(results).map(([name, result]) => [bufferOf(result), bufferOf(targets[name])])
  free(copies.flatMap(([copy, target]) => (copy === target ? [] : [copy])))
}
