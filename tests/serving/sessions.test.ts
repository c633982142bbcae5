import { fork } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSessions, type Session } from '#seqlab/serving/index.js'
import { smallModel, startServer } from './serving.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seqlab-sessions-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const session = (size: number, value: number): Session => ({
  state: {
    position: value,
    leaves: { 'carried.a': { shape: [1, size], dtype: 'f32', data: new Float32Array(size).fill(value), used: 0 } },
  },
  unread: [1, 2],
  recent: [3],
})

const model = 'a'.repeat(64)

describe('a conversation', () => {
  it.each([
    ['gla', [{ id: 'gla' }]],
    ['softmax', [{ id: 'softmax' }]],
  ])('goes on after a restart as without one, and as one text: %s', async (_, mixers) => {
    const served = smallModel(mixers)
    const ask = async (address: string, prompt: string, session_id: string) => {
      const response = await fetch(`${address}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'small', prompt, session_id, max_tokens: 150, temperature: 0 }),
      })
      return (await response.json()).choices[0].text as string
    }
    const first = await startServer({ served, sessions: folder })
    const texts = [await ask(first.address, 'Once upon', 'a'), await ask(first.address, ' a time', 'a')]
    expect(await ask(first.address, 'Once upon', 'b')).toBe(texts[0])
    await first.stop()
    const second = await startServer({ served, sessions: folder })
    expect(await ask(second.address, ' a time', 'b')).toBe(texts[1])
    // What was said before counts.
    expect(await ask(second.address, ' a time', 'c')).not.toBe(texts[1])
    await second.stop()
  })
})

it('a conversation that made room for others is refused until it is deleted; an answer says what went before it', async () => {
  const server = await startServer({ sessions: folder, sessionBudget: 10_000 })
  const ask = async (session_id: string) => {
    const response = await fetch(`${server.address}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'small', prompt: 'Once', session_id, max_tokens: 4 }),
    })
    const { error } = await response.json()
    return { status: response.status, tokens: response.headers.get('x-session-tokens'), error }
  }
  expect(await ask('a')).toMatchObject({ status: 200, tokens: '0' })
  // Four of the prompt and three of the answer were read.
  expect(await ask('a')).toMatchObject({ status: 200, tokens: '7' })
  for (const name of ['b', 'c', 'd', 'e']) expect(await ask(name)).toMatchObject({ status: 200, tokens: '0' })
  expect(await ask('a')).toMatchObject({ status: 410, error: { code: 'session_dropped', param: 'session_id' } })
  await fetch(`${server.address}/v1/sessions/a`, { method: 'DELETE' })
  expect(await ask('a')).toMatchObject({ status: 200, tokens: '0' })
  await server.stop()
}, 60_000)

describe('kept sessions', () => {
  it('come back as they were', async () => {
    const written = await openSessions({ budget: 2 ** 20, model, folder })
    await written.put('ä/../x', session(10, 7))
    await written.put('ä/../x', session(10, 8))
    const read = await openSessions({ budget: 2 ** 20, model, folder })
    expect(read.count).toBe(1)
    expect(await read.get('ä/../x')).toMatchObject(session(10, 8))
    expect(await read.get('other')).toBeUndefined()
    expect((await openSessions({ budget: 2 ** 20, model: 'b'.repeat(64), folder })).count).toBe(0)
  })

  it('go when they were left alone longest and the budget is full', async () => {
    const sessions = await openSessions({ budget: 3 * 4500, model, folder })
    for (const name of ['a', 'b', 'a', 'c', 'd']) await sessions.put(name, session(1000, 1))
    expect(sessions.bytes).toBeLessThanOrEqual(3 * 4500)
    for (const name of ['a', 'c', 'd']) expect(await sessions.get(name)).toBeDefined()
    await expect(sessions.get('b')).rejects.toThrow('Session "b" was dropped')
    // Three sessions, and a note of the fourth, which a restart reads.
    expect(readdirSync(folder).length).toBe(4)
    const again = await openSessions({ budget: 3 * 4500, model, folder })
    expect(again.count).toBe(3)
    await expect(again.get('b')).rejects.toThrow('Session "b" was dropped')
    expect(await again.remove('a')).toBe(true)
    expect(await again.remove('a')).toBe(false)
    expect(await again.remove('b')).toBe(true)
    expect(await again.get('b')).toBeUndefined()
    await again.put('b', session(1000, 2))
    expect(await again.get('b')).toMatchObject(session(1000, 2))
  })

  it('are refused by name when their file is damaged', async () => {
    await (await openSessions({ budget: 2 ** 20, model, folder })).put('a', session(10, 1))
    writeFileSync(join(folder, readdirSync(folder)[0]), 'broken')
    const sessions = await openSessions({ budget: 2 ** 20, model, folder })
    await expect(sessions.get('a')).rejects.toThrow(/"a" is damaged/)
  })

  it('can be read after a kill in the middle of writing', async () => {
    for (let round = 0; round < 4; round++) {
      const writer = fork(new URL('./write-sessions.mjs', import.meta.url), [folder, model])
      await new Promise((resolve) => writer.once('message', resolve))
      await new Promise((resolve) => setTimeout(resolve, 7 * round))
      writer.kill('SIGKILL')
      await new Promise((resolve) => writer.once('exit', resolve))
      const sessions = await openSessions({ budget: 2 ** 26, model, folder })
      const found = (await sessions.get('one')) as Session
      const { data } = found.state.leaves['carried.a']
      expect(new Set(data)).toEqual(new Set([found.state.position]))
      expect(readdirSync(folder).length).toBe(1)
    }
  })
})
