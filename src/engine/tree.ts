/** Trees: nested plain objects and arrays whose leaves are tensors, specs or data. A leaf's dotted path is its name. */
import { type Spec, Tensor } from './tensor.js'

export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> }

/** The same nesting with other leaves. */
export type Mapped<T, From, To> = T extends From
  ? To
  : T extends readonly (infer _)[]
    ? { [K in keyof T]: Mapped<T[K], From, To> }
    : T extends object
      ? { [K in keyof T]: Mapped<T[K], From, To> }
      : T

function isLeaf(value: unknown): boolean {
  if (value instanceof Tensor || ArrayBuffer.isView(value)) return true
  return (
    typeof value === 'object' &&
    value !== null &&
    'shape' in value &&
    Array.isArray((value as Spec).shape) &&
    'dtype' in value
  )
}

/** Calls `visit` for every leaf in a fixed order (insertion order of keys) with its dotted path. */
export function visitTree<L>(tree: Tree<L> | undefined, visit: (leaf: L, path: string) => void, path = ''): void {
  if (tree === undefined || tree === null) return
  if (isLeaf(tree)) visit(tree as L, path)
  else {
    for (const [key, child] of Object.entries(tree as object))
      visitTree(child as Tree<L>, visit, path ? `${path}.${key}` : key)
  }
}

/** Leaves and their paths, in visiting order. */
export function flatten<L>(tree: Tree<L> | undefined): { leaves: L[]; paths: string[] } {
  const leaves: L[] = []
  const paths: string[] = []
  visitTree(tree, (leaf, path) => {
    leaves.push(leaf)
    paths.push(path)
  })
  return { leaves, paths }
}

/** The same nesting with every leaf replaced. */
export function mapTree<T, From = any, To = any>(
  tree: T,
  change: (leaf: From, path: string) => To,
  path = '',
): Mapped<T, From, To> {
  if (tree === undefined || tree === null) return tree as never
  if (isLeaf(tree)) return change(tree as unknown as From, path) as never
  const child = (key: string, value: unknown) => mapTree(value, change as never, path ? `${path}.${key}` : key)
  if (Array.isArray(tree)) return tree.map((value, index) => child(String(index), value)) as never
  return Object.fromEntries(Object.entries(tree as object).map(([key, value]) => [key, child(key, value)])) as never
}

/** `tree` with its leaves taken from `leaves` in visiting order. */
export function unflatten<T, To>(tree: T, leaves: readonly To[]): Mapped<T, any, To> {
  let next = 0
  return mapTree(tree, () => leaves[next++]) as never
}
