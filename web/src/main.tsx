import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { browserPlatform } from 'seqlab/browser'
import { setPlatform } from 'seqlab/platform'
import { z } from 'zod'
import { App } from './shell/app.js'
import './shell/styles.css'

// Schemas are not compiled to source text, which the page's security policy forbids to run.
z.config({ jitless: true })
setPlatform(browserPlatform)
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
