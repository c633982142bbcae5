/** Every command, one line each, loaded when it is asked for: all of them take several times as long as one. */
import type { Command } from 'commander'

/** Adds a command to the program; `exit` sets the exit code where it is not 0. */
export type DefineCommand = (program: Command, exit: (code: number) => void) => void

const commands: Readonly<Record<string, () => Promise<DefineCommand>>> = {
  train: async () => (await import('./train.js')).defineTrain,
  eval: async () => (await import('./eval.js')).defineEval,
  generate: async () => (await import('./generate.js')).defineGenerate,
  serve: async () => (await import('./serve.js')).defineServe,
  compare: async () => (await import('./compare.js')).defineCompare,
  sweep: async () => (await import('./sweep.js')).defineSweep,
  worker: async () => (await import('./worker.js')).defineWorker,
  results: async () => (await import('./results.js')).defineResults,
  publish: async () => (await import('./publish.js')).definePublish,
  tasks: async () => (await import('./tasks.js')).defineTasks,
  task: async () => (await import('./tasks.js')).defineTasks,
  models: async () => (await import('./models.js')).defineModels,
  papers: async () => (await import('./papers.js')).definePapers,
  paper: async () => (await import('./papers.js')).definePapers,
  check: async () => (await import('./check.js')).defineCheck,
  verify: async () => (await import('./verify.js')).defineVerify,
  bench: async () => (await import('./bench.js')).defineBench,
  export: async () => (await import('./export.js')).defineExport,
  merge: async () => (await import('./merge.js')).defineMerge,
  data: async () => (await import('./data.js')).defineData,
  ui: async () => (await import('./ui.js')).defineUi,
}

/** What defines the command of a name; where there is none of it, all: for help, and for what is misspelt. */
export async function definitionsOf(name?: string): Promise<DefineCommand[]> {
  const known = name !== undefined && Object.hasOwn(commands, name)
  const definitions = await Promise.all((known ? [commands[name]] : Object.values(commands)).map((load) => load()))
  return [...new Set(definitions)]
}
