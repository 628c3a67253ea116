/**
 * Circles in a graph of imports: for each group of files that reach each other, one shortest way round, as it is read
 * (`a -> b -> a`). Type-only imports count: modules that need each other to be understood are one module in two files.
 */
export function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  return groupsIn(imports).map((group) => shortestCircle(group, imports));
}

/** Groups of two or more files of which each reaches each (strongly connected components, Tarjan 1972), and
 * files that import themselves. */
function groupsIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const groups: string[][] = [];

  const visit = (file: string): number => {
    const mine = order.size;
    order.set(file, mine);
    open.push(file);
    let low = mine;
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low);
    }
    if (low === mine) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1 || imports.get(file)?.includes(file)) groups.push(group);
    }
    return low;
  };

  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return groups;
}

function shortestCircle(group: readonly string[], imports: ReadonlyMap<string, readonly string[]>): string[] {
  const circles = group.map((start) => wayBack(start, new Set(group), imports));
  return circles.reduce((best, circle) => (circle.length < best.length ? circle : best));
}

function wayBack(start: string, group: ReadonlySet<string>, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const target of imports.get(file) ?? []) {
      if (target === start) {
        const way = [start];
        for (let at: string | undefined = file; at !== undefined && at !== start; at = cameFrom.get(at))
          way.unshift(at);
        return [start, ...way];
      }
      if (!group.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return [start];
}
