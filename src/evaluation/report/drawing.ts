import type * as PlotModule from '@observablehq/plot'

/** What figures are drawn with and in. */
export interface Drawing {
  Plot: typeof PlotModule
  document: Document
}

export interface DrawingOptions {
  /** Default: the page's own in a browser, else one made for this. */
  document?: Document
}

/** The plotting library and a document, loaded by the first report that is drawn: most commands never draw. */
export async function openDrawing(models: readonly unknown[], options: DrawingOptions): Promise<Drawing> {
  if (models.length === 0) throw new Error('report: expected one model or more, got none – compare at least one')
  const [Plot, document] = await Promise.all([
    import('@observablehq/plot'),
    options.document ?? globalThis.document ?? makeDocument(),
  ])
  return { Plot, document }
}

/** A document for Node, where there is none; nothing of it survives the SVG that is drawn. */
async function makeDocument(): Promise<Document> {
  const { parseHTML } = await import('linkedom')
  return parseHTML('<!doctype html><html><body></body></html>').document
}
