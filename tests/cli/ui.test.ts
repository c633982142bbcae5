import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { serveSite } from '#seqlab/cli/workbench/serve.js'
import { builtSite } from '#seqlab/cli/workbench/site.js'

const page = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'; object-src 'none'" />`

async function root({ site = true } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-ui-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  if (!site) return folder
  await mkdir(join(folder, 'site'))
  await writeFile(join(folder, 'site/index.html'), page)
  await writeFile(join(folder, 'site/worker.js'), '')
  return folder
}

async function served(port = 0) {
  const site = await serveSite(join(await root(), 'site'), port)
  onTestFinished(site.close)
  return site
}

it.each(['', 'worker.js'])('serves /%s isolated from other origins, under the policy of the page', async (path) => {
  const { headers, status } = await fetch((await served()).address + path)
  expect(status).toBe(200)
  expect(Object.fromEntries(headers)).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'content-security-policy': "default-src 'self'; object-src 'none'; frame-ancestors 'none'",
    'content-type': path ? 'text/javascript' : 'text/html;charset=utf-8',
  })
})

it('has nothing but the site: not found, and not above its folder', async () => {
  const { address } = await served()
  for (const path of ['missing.js', '../package.json', '%2e%2e/package.json'])
    expect((await fetch(address + path)).status).toBe(404)
})

it('refuses a port that is taken', async () => {
  const port = Number(new URL((await served()).address).port)
  await expect(served(port)).rejects.toThrow(
    `--port: ${port} is taken by another program – end that one, or choose another port`,
  )
})

it('takes the site of a package as it is, and says what to do where there is none', async () => {
  const whole = await root()
  expect(await builtSite(whole, () => expect.unreachable())).toBe(join(whole, 'site'))
  const empty = await root({ site: false })
  await expect(builtSite(empty, () => {})).rejects.toThrow(
    `ui: expected the workbench in ${join(empty, 'site')}, found none – install seqlab again`,
  )
})

it('builds anew beside the site that is served, for several that start at once', async () => {
  const folder = await root()
  const long = new Date(0)
  await utimes(join(folder, 'site/index.html'), long, long)
  await Promise.all(['web', 'dist'].map((name) => mkdir(join(folder, name))))
  await writeFile(join(folder, 'web/index.html'), '<p>new</p>')
  await writeFile(
    join(folder, 'web/vite.config.ts'),
    `import { existsSync } from 'node:fs'
    const served = ${JSON.stringify(join(folder, 'site/index.html'))}
    const watch = { name: 'watch', generateBundle() { if (!existsSync(served)) this.error('nothing is served') } }
    export default { root: import.meta.dirname, build: { outDir: '../site', emptyOutDir: true }, plugins: [watch] }`,
  )
  await Promise.all([1, 2, 3].map(() => builtSite(folder, () => {})))
  expect(await readFile(join(folder, 'site/index.html'), 'utf8')).toContain('<p>new</p>')
  expect((await readdir(folder)).sort()).toEqual(['dist', 'site', 'web'])
})
