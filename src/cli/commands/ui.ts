/** seqlab ui */
import type { Command } from 'commander'
import open from 'open'
import { onInterrupt } from '../interrupt.js'
import { whole } from '../options.js'
import { createOutput } from '../output.js'
import { serveSite } from '../workbench/serve.js'
import { builtSite, packageRoot } from '../workbench/site.js'

/** Always the same one: browsers keep a site's runs and texts by its address. */
const usualPort = 4747

export function defineUi(program: Command): void {
  program
    .command('ui')
    .description('the workbench: train, compare and look inside, in a browser')
    .option('--port <n>', 'port on this machine; what a browser stores belongs to it', whole(0, 65_535), usualPort)
    .option('--no-open', 'print the address only')
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const site = await builtSite(packageRoot, () => output.line('building the workbench …'))
      const { address, close } = await serveSite(site, options.port)
      const ended = new Promise<void>((resolve) => {
        const interrupt = onInterrupt(() => output.line('\nended; runs stay in the browser'))
        interrupt.signal.addEventListener('abort', () => resolve())
      })
      output.line(`The workbench is at ${address} – Ctrl-C ends it.`)
      output.event({ event: 'serving', address })
      if (options.open) await show(address)
      await ended
      await close()
    })
}

/** Without a desktop nothing opens, and the address that was printed is enough. */
async function show(address: string): Promise<void> {
  const browser = await open(address).catch(() => undefined)
  browser?.once('error', () => undefined)
}
