/** Cells of recurrent nets on one token [B, …], and layers of them over whole sequences. */
import { add, equal, matmul, mul, sigmoid, split, sub, type Tensor, tanh, where, zeros } from '../engine/index.js'
import { fanIn, zero } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'
import { loopOverTime, type Timeline } from './recurrence.js'

/** Hidden and cell state, [B, D] each. */
export interface LstmMemory {
  readonly hidden: Tensor
  readonly cell: Tensor
}

/** Long short-term memory from the sums before its gates, [B, 4 D] in the order input, forget, candidate, output. */
export function lstmCell(sums: Tensor, cell: Tensor): LstmMemory {
  const [input, forget, candidate, output] = split(sums, 4, -1)
  const next = add(mul(sigmoid(forget), cell), mul(sigmoid(input), tanh(candidate)))
  return { hidden: mul(sigmoid(output), tanh(next)), cell: next }
}

/**
 * Gated recurrent unit from what the input and the hidden state [B, D] add to the sums, [B, 3 D] each in the order
 * reset, update, candidate; the reset gate scales the hidden state's share of the candidate after its matrix.
 */
export function gruCell(fromInput: Tensor, fromHidden: Tensor, hidden: Tensor): Tensor {
  const [resetX, updateX, candidateX] = split(fromInput, 3, -1)
  const [resetH, updateH, candidateH] = split(fromHidden, 3, -1)
  const update = sigmoid(add(updateX, updateH))
  const candidate = tanh(add(candidateX, mul(sigmoid(add(resetX, resetH)), candidateH)))
  return add(candidate, mul(update, sub(hidden, candidate)))
}

/** A cell as a layer: from x [B, I] and a memory to the next memory, or over x [B, T, I] to every hidden state. */
export interface RecurrentLayer<M> {
  start(batch: number): M
  step(x: Tensor, memory: M): M
  run(x: Tensor, memory?: M, timeline?: Timeline): { hidden: Tensor; memory: M }
}

export function lstmLayer(inputs: number, width: number): Layer<RecurrentLayer<LstmMemory>> {
  const parameters = {
    input: parameter([inputs, 4 * width], fanIn(width)),
    recurrent: parameter([width, 4 * width], fanIn(width)),
    // The forget gate starts open.
    bias: parameter([4 * width], (shape, random) => {
      const bias = zero(shape, random)
      return bias.fill(1, width, 2 * width)
    }),
  }
  return layer(parameters, ({ input, recurrent, bias }) => {
    const project = (x: Tensor) => add(matmul(x, input), bias)
    const move = (sums: Tensor, { hidden, cell }: LstmMemory) => lstmCell(add(sums, matmul(hidden, recurrent)), cell)
    const start = (batch: number) => ({ hidden: zeros([batch, width]), cell: zeros([batch, width]) })
    return {
      start,
      step: (x, memory) => move(project(x), memory),
      run(x, memory = start(x.shape[0]), timeline = {}) {
        const body = (before: LstmMemory, at: Tensor) => {
          const next = move(at, before)
          return { memory: next, y: next.hidden }
        }
        const { ys, memory: last } = loopOverTime(body, memory, project(x), timeline)
        return { hidden: ys, memory: last }
      },
    }
  })
}

export function gruLayer(inputs: number, width: number): Layer<RecurrentLayer<Tensor>> {
  const parameters = {
    input: parameter([inputs, 3 * width], fanIn(width)),
    recurrent: parameter([width, 3 * width], fanIn(width)),
    bias: parameter([3 * width], zero),
    recurrentBias: parameter([3 * width], zero),
  }
  return layer(parameters, ({ input, recurrent, bias, recurrentBias }) => {
    const project = (x: Tensor) => add(matmul(x, input), bias)
    const move = (fromInput: Tensor, hidden: Tensor) =>
      gruCell(fromInput, add(matmul(hidden, recurrent), recurrentBias), hidden)
    const start = (batch: number) => zeros([batch, width])
    return {
      start,
      step: (x, hidden) => move(project(x), hidden),
      run(x, hidden = start(x.shape[0]), timeline = {}) {
        const body = (before: Tensor, at: Tensor) => {
          const next = move(at, before)
          return { memory: next, y: next }
        }
        const { ys, memory } = loopOverTime(body, hidden, project(x), timeline)
        return { hidden: ys, memory }
      },
    }
  })
}

/** One document a row of tokens [B, T], of which 0 is padding wherever it stands. */
export function realTokens(tokens: Tensor): Timeline {
  return {
    documents: where(equal(tokens, 0), -1, zeros(tokens.shape, 'i32')),
    carriedDocument: zeros([tokens.shape[0]], 'i32'),
  }
}
