/** Every command, one line each. */
import type { Command } from 'commander'
import { defineBench } from './bench.js'
import { defineCheck } from './check.js'
import { defineCompare } from './compare.js'
import { defineData } from './data.js'
import { defineEval } from './eval.js'
import { defineExport } from './export.js'
import { defineGenerate } from './generate.js'
import { defineMerge } from './merge.js'
import { defineModels } from './models.js'
import { definePapers } from './papers.js'
import { definePublish } from './publish.js'
import { defineResults } from './results.js'
import { defineServe } from './serve.js'
import { defineSweep } from './sweep.js'
import { defineTasks } from './tasks.js'
import { defineTrain } from './train.js'
import { defineUi } from './ui.js'
import { defineVerify } from './verify.js'
import { defineWorker } from './worker.js'

/** Adds a command to the program; `exit` sets the exit code where it is not 0. */
export type DefineCommand = (program: Command, exit: (code: number) => void) => void

export const commands: readonly DefineCommand[] = [
  defineTrain,
  defineEval,
  defineGenerate,
  defineServe,
  defineCompare,
  defineSweep,
  defineWorker,
  defineResults,
  definePublish,
  defineTasks,
  defineModels,
  definePapers,
  defineCheck,
  defineVerify,
  defineBench,
  defineExport,
  defineMerge,
  defineData,
  defineUi,
]
