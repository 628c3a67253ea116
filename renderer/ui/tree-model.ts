/** A node of a tree; `count` is how many things are in it. */
export interface TreeNode<Icon extends string = string> {
  id: string;
  label: string;
  icon: Icon;
  count?: number | undefined;
  children?: readonly TreeNode<Icon>[] | undefined;
}

export interface FlatNode<Icon extends string = string> {
  node: TreeNode<Icon>;
  parentId: string | null;
  /** From 1, as assistive technology counts. */
  level: number;
  position: number;
  setSize: number;
}

/** The nodes that are on show, from top to bottom. */
export function flattenTree<Icon extends string>(
  nodes: readonly TreeNode<Icon>[],
  expanded: ReadonlySet<string>,
  level = 1,
  parentId: string | null = null,
): FlatNode<Icon>[] {
  return nodes.flatMap((node, at) => [
    { node, parentId, level, position: at + 1, setSize: nodes.length },
    ...(node.children !== undefined && expanded.has(node.id)
      ? flattenTree(node.children, expanded, level + 1, node.id)
      : []),
  ]);
}

export type TreeMove = { kind: 'select'; id: string } | { kind: 'expand'; id: string; open: boolean };

/** What a key means in a tree (WAI-ARIA tree pattern); null when it means nothing. */
export function moveInTree(
  flat: readonly FlatNode[],
  id: string,
  key: string,
  expanded: ReadonlySet<string>,
): TreeMove | null {
  const at = flat.findIndex((item) => item.node.id === id);
  const here = flat[at];
  if (here === undefined) return null;
  const select = (item: FlatNode | undefined): TreeMove | null =>
    item === undefined || item.node.id === id ? null : { kind: 'select', id: item.node.id };
  const parent = (here.node.children?.length ?? 0) > 0;
  const open = expanded.has(id);
  switch (key) {
    case 'ArrowDown':
      return select(flat[at + 1]);
    case 'ArrowUp':
      return select(flat[at - 1]);
    case 'Home':
      return select(flat[0]);
    case 'End':
      return select(flat.at(-1));
    case 'ArrowRight':
      if (!parent) return null;
      return open ? select(flat[at + 1]) : { kind: 'expand', id, open: true };
    case 'ArrowLeft':
      if (parent && open) return { kind: 'expand', id, open: false };
      return select(flat.find((item) => item.node.id === here.parentId));
    case 'Enter':
    case ' ':
      return parent ? { kind: 'expand', id, open: !open } : null;
    default: {
      if (key.length !== 1) return null;
      const wanted = key.toLocaleLowerCase();
      const around = [...flat.slice(at + 1), ...flat.slice(0, at)];
      return select(around.find((item) => item.node.label.toLocaleLowerCase().startsWith(wanted)));
    }
  }
}
