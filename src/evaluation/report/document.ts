/**
 * The document that figures are drawn in: the caller's, the page's own in a browser, else a small one that is loaded
 * only then – most commands never draw.
 */
export async function drawingDocument(given?: Document): Promise<Document> {
  if (given) return given
  if (typeof document !== 'undefined') return document
  const { parseHTML } = await import('linkedom')
  return parseHTML('<!doctype html><html><body></body></html>').document
}
