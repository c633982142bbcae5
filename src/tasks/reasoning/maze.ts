/**
 * Mazes without cycles on a square grid: which cells are joined, where to start and where to go; the answer is the only
 * path, without the start.
 *
 *   a1 b1 ; a1 a2 ; a2 b2 ; from b1 to b2 : a1 a2 b2 .
 */
import { z } from 'zod'
import { defineTask } from '../task.js'
import { questions } from './questions.js'
import { expectedDegrees, gridNeighbours, treePath, uniformSpanningTree } from './spanning-tree.js'

const largest = 10
/** Columns are letters, rows are numbers; the words do not depend on the size. */
const wordOf = (column: number, row: number) => `${'abcdefghij'[column]}${row + 1}`
const cellWords = Array.from({ length: largest ** 2 }, (_, i) => wordOf(i % largest, Math.floor(i / largest)))

export const maze = defineTask({
  kind: 'examples',
  id: 'maze',
  group: 'reasoning',
  title: 'Mazes',
  shows: 'Whether a model can plan: the first step already depends on the whole way.',
  source: {
    title: 'A Configurable Library for Generating and Manipulating Maze Datasets',
    authors: 'Ivanitskiy, Shah, Spies, Räuker, Valentine, Rager, Quirke, Mathwin, Corlouer, Behn, Fung',
    year: 2023,
    arxiv: '2309.10498',
    note: 'Trees are uniform (Wilson), not depth-first; joined cells are listed in reading order, so that a maze has one form and no maze is both trained on and tested.',
  },
  config: z.strictObject({
    side: z.int().min(2).max(largest).default(4).describe('cells along a side, up to 10'),
  }),
  difficulty: { setting: 'side', values: [3, 4, 5, 6, 8, 10] },
  metric: 'exact',
  async open({ side }) {
    const neighbours = gridNeighbours(side)
    const cells = neighbours.length
    const word = (cell: number) => wordOf(cell % side, Math.floor(cell / side))
    return questions({
      task: 'maze',
      vocabulary: [...cellWords, ';', 'from', 'to', ':', '.'],
      most: { question: 3 * (cells - 1) + 5, answer: cells },
      // An answer of more cells is no likelier than its beginning, since start and goal are drawn independently of the
      // tree: the likeliest is one step to the cell that has most neighbours.
      chance: Math.max(...expectedDegrees(neighbours)) / (cells * (cells - 1)),
      space: ' ',
      draw(random) {
        const tree = uniformSpanningTree(random, neighbours)
        const edges = tree.flatMap((near, a) =>
          neighbours[a].filter((b) => b > a && near.includes(b)).map((b) => [a, b]),
        )
        const [start, goal] = random.distinct(2, cells)
        return {
          question: [
            ...edges.flatMap(([a, b]) => [word(a), word(b), ';']),
            ...['from', word(start), 'to', word(goal), ':'],
          ],
          answer: [...treePath(tree, start, goal).slice(1).map(word), '.'],
        }
      },
    })
  },
})
