// Writes one session over and over until it is killed.
import '#seqlab/index.js'
import { openSessions } from '#seqlab/serving/index.js'

const [folder, model] = process.argv.slice(2)
const sessions = await openSessions({ budget: 2 ** 26, model, folder })
for (let value = 1; ; value++) {
  const data = new Float32Array(2 ** 18).fill(value)
  const leaves = { 'carried.a': { shape: [1, data.length], dtype: 'f32', data, used: 0 } }
  await sessions.put('one', { state: { position: value, leaves }, unread: [], recent: [] })
  if (value === 1) process.send('written')
}
