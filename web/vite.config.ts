import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Without these, pages get no shared memory, and the runtime one thread. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  root: here('.'),
  // Relative, so that the site works under any path.
  base: './',
  plugins: [react()],
  resolve: {
    alias: [
      { find: 'seqlab/browser', replacement: here('../dist/platform/browser.js') },
      { find: /^seqlab\/(.+)$/, replacement: `${here('../dist')}/$1/index.js` },
    ],
  },
  worker: { format: 'es' },
  build: { outDir: here('../site'), emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 2000 },
  server: { headers: isolation },
  preview: { headers: isolation },
})
