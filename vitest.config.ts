import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The conformance of all mechanisms first: begun last, it would leave one worker idle at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/evaluation/conformance/')
    return (await super.sort(files)).sort((a, b) => Number(isLong(b)) - Number(isLong(a)))
  }
}

// Tests import the built package (#seqlab/…), so they exercise exactly what users get, worker threads included.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    fileParallelism: true,
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2,
  },
})
