/** TypeScript as markup with classes. */
import core from 'highlight.js/lib/core'
import typescript from 'highlight.js/lib/languages/typescript'

core.registerLanguage('typescript', typescript)

export const highlight = (text: string): string => core.highlight(text, { language: 'typescript' }).value
