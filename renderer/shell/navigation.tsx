import { type ReactElement, useState } from 'react';
import { nodeEntries } from '../commands/projections.ts';
import { commands } from '../commands/registry.ts';
import { useCommandContext } from '../commands/use-command-context.ts';
import { useKeptFilters } from '../state/kept-filters.ts';
import { goTo, usePlace } from '../state/navigation.ts';
import { useOverview } from '../state/overview.ts';
import { changeSettings, useSettings } from '../state/settings.ts';
import { shellTexts } from '../texts.ts';
import { ContextMenu, type MenuEntry } from '../ui/context-menu.tsx';
import { NavigationFrame } from '../ui/navigation-frame.tsx';
import { Tree } from '../ui/tree.tsx';
import { keptFilterEntries } from './kept-filter-entries.ts';
import { allNodes, goToId, idOfPlace, treeOf, viewOf, views, type ViewId } from './nodes.ts';

/** The tree of the current view, and the four views below it. Each view remembers where one was in it. */
export const Navigation = (): ReactElement => {
  const node = usePlace((state) => state.node);
  const filter = usePlace((state) => state.filter);
  const kept = useKeptFilters((state) => state.lists);
  const overview = useOverview((state) => state.overview);
  const closed = useSettings((state) => state.closedNodes);
  const [lastNodes, setLastNodes] = useState<Partial<Record<ViewId, string>>>({});
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  const context = useCommandContext();
  const view = viewOf(node);
  const nodes = treeOf(view, overview, kept);
  const expanded = new Set(
    allNodes(nodes)
      .map((item) => item.node.id)
      .filter((id) => !closed.includes(id)),
  );
  const menuEntries = (): MenuEntry[] =>
    filter === null ? nodeEntries(commands, context) : keptFilterEntries(node, filter);
  const entries = menuAt === null ? [] : menuEntries();
  return (
    <>
      <NavigationFrame
        tree={
          <Tree
            label={shellTexts.tree}
            nodes={nodes}
            selectedId={idOfPlace(node, filter)}
            expanded={expanded}
            onSelect={goToId}
            onMenu={(id, at) => {
              goToId(id);
              setMenuAt(at);
            }}
            onExpand={(id, open) =>
              changeSettings({ closedNodes: open ? closed.filter((other) => other !== id) : [...closed, id] })
            }
          />
        }
        viewsLabel={shellTexts.views}
        views={views}
        currentView={view}
        onView={(id) => {
          const target = views.find((other) => other.id === id);
          if (target === undefined || target.id === view) return;
          setLastNodes((old) => ({ ...old, [view]: node }));
          goTo(lastNodes[target.id] ?? target.first);
        }}
      />
      {menuAt === null || entries.length === 0 ? null : (
        <ContextMenu at={menuAt} label={shellTexts.tree} entries={entries} onClose={() => setMenuAt(null)} />
      )}
    </>
  );
};
