/** A model that writes, in one call. */
import { onnxExecutor } from '../engine/index.js'
import { createDecoder, type DecoderOptions, type GenerationOptions, generate } from '../inference/index.js'
import { mount } from '../platform/mounted-files.js'
import type { TextModel } from './served-model.js'
import { openTextModel } from './text-model.js'

export interface LoadOptions extends Pick<DecoderOptions, 'weights'> {
  /** Threads of the executor; one by default, since a token is too little work to share. */
  readonly threads?: number
}

export interface LoadedModel extends Pick<TextModel, 'model' | 'tokenizer'> {
  /** The text that follows, in pieces of whole characters. One text at a time: the next one begins anew. */
  generate(prompt: string, options?: GenerationOptions): AsyncGenerator<string, void>
  /** Frees the model. */
  close(): Promise<void>
}

/** Files by their paths in a folder, as a drop or an input gives them; or a folder's address, which ends with a slash. */
export type FileSource = Readonly<Record<string, Blob>> | URL

/**
 * @param source path of a folder of a training run or in the layout of Hugging Face, or its files
 * @throws UserError for a folder that is neither, or that cannot be read
 */
export async function load(source: string | FileSource, options: LoadOptions = {}): Promise<LoadedModel> {
  const mounted = typeof source === 'string' ? undefined : mount(source)
  const folder = mounted?.path ?? (source as string)
  const cleanups = [async () => mounted?.release()]
  const close = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const { model, tokenizer, parameters, begin, ends, close: closeFiles } = await openTextModel(folder)
    cleanups.push(closeFiles)
    const executor = await onnxExecutor({ threads: options.threads ?? 1 })
    cleanups.push(executor.close)
    const decoder = await createDecoder(model, parameters, { executor, weights: options.weights })
    return {
      model,
      tokenizer,
      generate: (prompt, given) =>
        generate(decoder, tokenizer, prompt, { begin: [...begin], ends: [...ends], ...given }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
