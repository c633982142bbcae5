import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { canonicalJson, readJson, writeJson } from '#seqlab/training/canonical-json.js'
import { temporaryFolder } from './temporary-folder.js'

it('writes equal values as equal text and leaves out what is undefined', () => {
  const text = canonicalJson({ b: [1, { d: null, c: true }], a: 'ä', none: undefined })
  expect(text).toBe(canonicalJson({ a: 'ä', b: [1, { c: true, d: null }] }))
  expect(JSON.parse(text)).toEqual({ a: 'ä', b: [1, { c: true, d: null }] })
  expect(text.endsWith('}\n')).toBe(true)
})

it('gives every double back exactly', () => {
  const values = [0.1, 1e-300, 2 ** 53 + 2, -1.7976931348623157e308, 5e-324]
  expect(JSON.parse(canonicalJson({ values })).values).toEqual(values)
})

it.each([
  [
    { stopping: { best: Infinity } },
    'JSON: stopping.best must be a finite number, text, list or plain object, got Infinity',
  ],
  [{ a: [0, NaN] }, 'JSON: a.1 must'],
  [{ a: new Float32Array(1) }, 'got Float32Array'],
  [{ a: 1n }, 'got 1'],
  [undefined, 'JSON: the value must'],
])('refuses what JSON would change silently, naming where it is (%#)', (value, message) => {
  expect(() => canonicalJson(value)).toThrow(message)
})

it('reads what it wrote and refuses everything but an object as UserError', async () => {
  const path = join(await temporaryFolder(), 'a.json')
  await writeJson(path, { b: 1 })
  expect(await readJson(path)).toEqual({ b: 1 })
  for (const content of ['', '[]', 'null', '{"a":', Uint8Array.from([0x7b, 0xff, 0x7d])]) {
    await writeFile(path, content)
    const reading = readJson(path)
    await expect(reading).rejects.toBeInstanceOf(UserError)
    await expect(reading).rejects.toThrow(`${path}: expected a JSON object, got ${content.length} bytes`)
  }
})
