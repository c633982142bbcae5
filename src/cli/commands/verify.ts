/** seqlab verify */
import type { Command } from 'commander'
import { verifyCheckpoint } from '../../checkpoints/index.js'
import { onnxExecutor } from '../../engine/index.js'
import { verifyOperator } from '../../evaluation/index.js'
import { filePath, threadCount } from '../options.js'
import { createOutput } from '../output.js'

export function defineVerify(program: Command, exit: (code: number) => void): void {
  const verify = program.command('verify').description('compare with numbers that other software computed')
  verify
    .command('operator <file>')
    .description('an operator against a safetensors file of its inputs, outputs and gradients')
    .option('--operator <name>', 'the operator (the file’s name)')
    .option('--threads <n>', 'threads of the executor (all processors)', threadCount)
    .option('--json', 'print JSON lines only')
    .action(async (file, options) => {
      const executor = await onnxExecutor({ threads: options.threads })
      try {
        const verdict = await verifyOperator(executor, file, { operator: options.operator })
        createOutput(options.json).result(verdict)
        if (!verdict.pass) exit(1)
      } finally {
        await executor.close()
      }
    })
  verify
    .command('checkpoint')
    .argument('<dir>', 'folder with config.json, weights, io.safetensors and grads.safetensors', filePath)
    .description('a model of other software against its logits, loss and gradients, and against itself token by token')
    .option('--threads <n>', 'threads of the executor (all processors)', threadCount)
    .option('--json', 'print JSON lines only')
    .action(async (folder, options) => {
      const executor = await onnxExecutor({ threads: options.threads })
      try {
        const verdict = await verifyCheckpoint(executor, folder)
        createOutput(options.json).result({ ...verdict })
        if (!verdict.pass) exit(1)
      } finally {
        await executor.close()
      }
    })
}
