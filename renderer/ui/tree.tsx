import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, type ReactElement, useEffect, useRef } from 'react';
import { Icon, type IconName } from './icons.tsx';
import { flattenTree, moveInTree, type TreeNode } from './tree-model.ts';

const useStyles = makeStyles({
  tree: { overflowY: 'auto', overflowX: 'hidden', flexGrow: 1, padding: '4px 0', outline: 'none' },
  node: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    height: '24px',
    paddingInlineEnd: '8px',
    cursor: 'default',
    userSelect: 'none',
    outline: 'none',
    borderInlineStartWidth: '3px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: 'transparent',
    // Background and text of one state go together: in high contrast a selection is light.
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover, color: tokens.colorNeutralForeground2Hover },
    ':focus-visible': { boxShadow: `inset 0 0 0 2px ${tokens.colorStrokeFocus2}` },
  },
  selected: {
    backgroundColor: tokens.colorSubtleBackgroundSelected,
    color: tokens.colorNeutralForeground2Selected,
    borderInlineStartColor: tokens.colorCompoundBrandStroke,
    fontWeight: tokens.fontWeightSemibold,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundSelected, color: tokens.colorNeutralForeground2Selected },
  },
  twisty: {
    width: '16px',
    height: '16px',
    flexShrink: 0,
    display: 'inline-flex',
    opacity: 0.8,
  },
  icon: { display: 'inline-flex', flexShrink: 0 },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', flexGrow: 1, minWidth: 0 },
  count: { opacity: 0.8, fontVariantNumeric: 'tabular-nums', flexShrink: 0 },
});

export type { TreeNode } from './tree-model.ts';

/** A tree with counts: arrows move and open, Home and End jump, a letter finds; choosing follows the focus. */
export const Tree = (props: {
  label: string;
  nodes: readonly TreeNode<IconName>[];
  selectedId: string | null;
  expanded: ReadonlySet<string>;
  onSelect: (id: string) => void;
  onExpand: (id: string, open: boolean) => void;
  onMenu?: ((id: string, at: { x: number; y: number }) => void) | undefined;
}): ReactElement => {
  const styles = useStyles();
  const root = useRef<HTMLDivElement>(null);
  const focusAfter = useRef<string | null>(null);
  const flat = flattenTree(props.nodes, props.expanded);
  const selectedIsShown = flat.some((item) => item.node.id === props.selectedId);
  const tabStop = selectedIsShown ? props.selectedId : (flat[0]?.node.id ?? null);

  useEffect(() => {
    if (focusAfter.current === null) return;
    const wanted = root.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(focusAfter.current)}"]`);
    focusAfter.current = null;
    wanted?.focus();
    wanted?.scrollIntoView({ block: 'nearest' });
  });

  const onKeyDown = (event: KeyboardEvent, id: string): void => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    if (props.onMenu !== undefined && (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) {
      event.preventDefault();
      const box = event.currentTarget.getBoundingClientRect();
      props.onMenu(id, { x: box.left + 24, y: box.bottom });
      return;
    }
    const move = moveInTree(flat, id, event.key, props.expanded);
    if (move === null) return;
    event.preventDefault();
    if (move.kind === 'expand') props.onExpand(move.id, move.open);
    else {
      focusAfter.current = move.id;
      props.onSelect(move.id);
    }
  };

  return (
    <div ref={root} role="tree" aria-label={props.label} className={styles.tree}>
      {flat.map(({ node, level, position, setSize }) => {
        const parent = node.children !== undefined && node.children.length > 0;
        const open = props.expanded.has(node.id);
        const selected = node.id === props.selectedId;
        return (
          <div
            key={node.id}
            data-node={node.id}
            role="treeitem"
            aria-level={level}
            aria-setsize={setSize}
            aria-posinset={position}
            aria-selected={selected}
            aria-expanded={parent ? open : undefined}
            tabIndex={node.id === tabStop ? 0 : -1}
            className={mergeClasses(styles.node, selected && styles.selected)}
            style={{ paddingInlineStart: `${(level - 1) * 16 + 4}px` }}
            onClick={() => props.onSelect(node.id)}
            onDoubleClick={() => {
              if (parent) props.onExpand(node.id, !open);
            }}
            onContextMenu={(event) => {
              if (props.onMenu === undefined) return;
              event.preventDefault();
              props.onSelect(node.id);
              props.onMenu(node.id, { x: event.clientX, y: event.clientY });
            }}
            onKeyDown={(event) => onKeyDown(event, node.id)}
          >
            <span
              className={styles.twisty}
              onClick={(event) => {
                if (!parent) return;
                event.stopPropagation();
                props.onExpand(node.id, !open);
              }}
            >
              {parent ? <Icon name={open ? 'chevronDown' : 'chevronRight'} /> : null}
            </span>
            <span className={styles.icon}>
              <Icon name={node.icon} />
            </span>
            <span className={styles.label} title={node.label}>
              {node.label}
            </span>
            {node.count === undefined ? null : <span className={styles.count}> {node.count.toLocaleString('en')}</span>}
          </div>
        );
      })}
    </div>
  );
};
