/** How large arrays are that code imported after this module makes: typed arrays and buffers of a given length. */
const kinds = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
]
let largest = 0

for (const kind of kinds) {
  const original = globalThis[kind]
  globalThis[kind] = new Proxy(original, {
    construct(target, values, made) {
      if (typeof values[0] === 'number') largest = Math.max(largest, values[0] * (original.BYTES_PER_ELEMENT ?? 1))
      return Reflect.construct(target, values, made === globalThis[kind] ? target : made)
    },
  })
}

/** Bytes of the largest one since this was asked the last time. */
export function largestAllocation() {
  const found = largest
  largest = 0
  return found
}
