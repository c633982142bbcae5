/** The whole registry, a mechanism to each processor at a time. */
import { availableParallelism } from 'node:os'
import { Tinypool } from 'tinypool'
import type { Report } from '../../evaluation/conformance/index.js'
import { registry } from './registry.js'

/** Reports in the order of the registry, each as soon as it and those before it are there. */
export async function* checkRegistry(): AsyncGenerator<Report> {
  const pool = new Tinypool({
    filename: new URL('./check-worker.js', import.meta.url).href,
    minThreads: 1,
    maxThreads: availableParallelism(),
  })
  try {
    const reports = registry.map(({ id }): Promise<Report> => pool.run(id))
    for (const report of reports) report.catch(() => undefined)
    for (const report of reports) yield await report
  } finally {
    await pool.destroy()
  }
}
