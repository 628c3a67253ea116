import { jobKinds } from '../../shared/domain/jobs/job-kinds.ts';
import { jobIcon } from '../job-icons.ts';
import type { Overview } from '../state/entities.ts';
import { goTo } from '../state/navigation.ts';
import type { IconName } from '../ui/icons.tsx';
import type { TreeNode } from '../ui/tree-model.ts';
import type { KeptFilter } from '../ui/grid/kept-filters.ts';
import { say } from '../say.ts';

export type ViewId = 'home' | 'infrastructure' | 'tape' | 'history';

/** The four views, as they stand below the tree. */
export const views: readonly { id: ViewId; label: string; icon: IconName; first: string }[] = [
  { id: 'home', label: say('Home'), icon: 'home', first: 'home/jobs' },
  {
    id: 'infrastructure',
    label: say('Backup Infrastructure'),
    icon: 'repository',
    first: 'infrastructure/repositories',
  },
  { id: 'tape', label: say('Tape Infrastructure'), icon: 'tape', first: 'tape/libraries' },
  { id: 'history', label: say('History'), icon: 'history', first: 'history/jobs' },
];

export function viewOf(node: string): ViewId {
  return views.find((view) => node.startsWith(`${view.id}/`))?.id ?? 'home';
}

type Node = TreeNode<IconName>;

function homeTree(overview: Overview | null): Node[] {
  const jobs = overview?.jobs;
  const backups = overview?.backups;
  const day = overview?.last24Hours;
  return [
    {
      id: 'home/jobs',
      label: say('Jobs'),
      icon: 'job',
      count: jobs === undefined ? undefined : Object.values(jobs).reduce((sum, count) => sum + count, 0),
      children: jobKinds.map(({ kind, labels }) => ({
        id: `home/jobs/${kind}`,
        label: say(labels.short),
        icon: jobIcon(kind),
        count: jobs?.[kind],
      })),
    },
    {
      id: 'home/backups',
      label: say('Backups'),
      icon: 'backups',
      children: [
        { id: 'home/backups/disk', label: say('Disk'), icon: 'disk', count: backups?.disk },
        { id: 'home/backups/copy', label: say('Disk (Copy)'), icon: 'copyJob', count: backups?.copy },
        { id: 'home/backups/imported', label: say('Disk (Imported)'), icon: 'import', count: backups?.imported },
        { id: 'home/backups/orphaned', label: say('Disk (Orphaned)'), icon: 'unknown', count: backups?.orphaned },
        { id: 'home/backups/tape', label: say('Tape'), icon: 'tape', count: backups?.tape },
      ],
    },
    { id: 'home/machines', label: say('Machines'), icon: 'machine', count: overview?.machines },
    {
      id: 'home/last-24-hours',
      label: say('Last 24 Hours'),
      icon: 'clock',
      children: [
        { id: 'home/last-24-hours/running', label: say('Running'), icon: 'running', count: day?.running },
        { id: 'home/last-24-hours/success', label: say('Success'), icon: 'success', count: day?.success },
        { id: 'home/last-24-hours/warning', label: say('Warning'), icon: 'warning', count: day?.warning },
        { id: 'home/last-24-hours/failed', label: say('Failed'), icon: 'failed', count: day?.failed },
        { id: 'home/last-24-hours/stopped', label: say('Stopped'), icon: 'stop', count: day?.stopped },
      ],
    },
  ];
}

function tapeTree(overview: Overview | null): Node[] {
  return [
    {
      id: 'tape/libraries',
      label: say('Libraries'),
      icon: 'library',
      count: overview?.libraries.length,
      children: overview?.libraries.map((library) => ({
        id: `tape/libraries/${library.id}`,
        label: library.online ? library.name : `${library.name} (offline)`,
        icon: library.online ? 'library' : 'unplugged',
        children: [
          { id: `tape/libraries/${library.id}/drives`, label: say('Drives'), icon: 'drive', count: library.drives },
          { id: `tape/libraries/${library.id}/media`, label: say('Media'), icon: 'tape', count: library.media },
        ],
      })),
    },
    {
      id: 'tape/media',
      label: say('Media'),
      icon: 'tape',
      children: [
        { id: 'tape/media/online', label: say('Online'), icon: 'tape', count: overview?.onlineMedia },
        { id: 'tape/media/offline', label: say('Offline'), icon: 'unplugged', count: overview?.offlineMedia },
      ],
    },
    {
      id: 'tape/pools',
      label: say('Media Pools'),
      icon: 'pool',
      children: overview?.pools.map((pool) => ({
        id: `tape/pools/${pool.id}`,
        label: pool.name,
        icon: 'pool',
        count: pool.media,
      })),
    },
    { id: 'tape/operator', label: say('Operator’s List'), icon: 'person', count: overview?.attention.length },
  ];
}

/** A place of the tree, perhaps through a kept filter, as one id. */
export const idOfPlace = (node: string, filter: string | null): string =>
  filter === null ? node : `${node}?${filter}`;

/** What an id stands for. */
export function placeOfId(id: string): { node: string; filter: string | null } {
  const at = id.indexOf('?');
  return at < 0 ? { node: id, filter: null } : { node: id.slice(0, at), filter: id.slice(at + 1) };
}

export function goToId(id: string): void {
  const { node, filter } = placeOfId(id);
  goTo(node, null, filter);
}

/** The tree with the filters that are kept, each below the place that it was saved at. */
function withKept(nodes: readonly Node[], kept: readonly KeptFilter[]): Node[] {
  return nodes.map((node) => {
    const own = kept
      .filter((filter) => filter.node === node.id)
      .map(({ name }): Node => ({ id: idOfPlace(node.id, name), label: name, icon: 'filter' }));
    const children = [...withKept(node.children ?? [], kept), ...own];
    return children.length === 0 ? node : { ...node, children };
  });
}

/** The tree of a view, with the counts that are known and the filters that are kept. */
export function treeOf(
  view: ViewId,
  overview: Overview | null,
  kept: Readonly<Record<string, readonly KeptFilter[]>> = {},
): Node[] {
  return withKept(bareTreeOf(view, overview), Object.values(kept).flat());
}

function bareTreeOf(view: ViewId, overview: Overview | null): Node[] {
  switch (view) {
    case 'home':
      return homeTree(overview);
    case 'infrastructure':
      return [
        {
          id: 'infrastructure/repositories',
          label: say('Repositories'),
          icon: 'repository',
          count: overview?.repositories,
        },
        { id: 'infrastructure/keys', label: say('Keys'), icon: 'key', count: overview?.keys },
      ];
    case 'tape':
      return tapeTree(overview);
    case 'history':
      return [
        { id: 'history/jobs', label: say('Jobs'), icon: 'job' },
        { id: 'history/restores', label: say('Restores'), icon: 'restore' },
        { id: 'history/system', label: say('Tape and System'), icon: 'server' },
        { id: 'history/audit', label: say('Audit'), icon: 'audit' },
      ];
  }
}

/** Every node of a tree, with the ones above it in words. */
export function allNodes(nodes: readonly Node[], above = ''): { node: Node; path: string }[] {
  return nodes.flatMap((node) => {
    const path = above === '' ? node.label : `${above} › ${node.label}`;
    return [{ node, path }, ...allNodes(node.children ?? [], path)];
  });
}
