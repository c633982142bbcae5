import { defineConfig } from 'vitest/config'

// Tests import the built package (#seqlab/…), so they exercise exactly what users get, worker threads included.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    fileParallelism: true,
    maxWorkers: 2,
  },
})
