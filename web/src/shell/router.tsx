/** Views by the address behind #, so that the site works from any file host. What a view shows is in its address too. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'

export interface View {
  readonly path: string
  readonly title: string
  readonly page: LazyExoticComponent<ComponentType>
}

/** In the order of the navigation. Each is loaded when it is first opened. */
export const views: readonly View[] = [
  { path: 'lab', title: 'Lab', page: lazy(() => import('../lab/lab.js')) },
  { path: 'inside', title: 'Inside', page: lazy(() => import('../inside/inside.js')) },
  { path: 'write', title: 'Write', page: lazy(() => import('../write/write.js')) },
  { path: 'papers', title: 'Papers', page: lazy(() => import('../papers/papers.js')) },
  { path: 'compare', title: 'Compare', page: lazy(() => import('../compare/compare.js')) },
]
