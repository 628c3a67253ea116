/** Where the keyboard is in a list, and where a range began; indexes of rows. */
export interface Cursor {
  anchor: number;
  focus: number;
}

export interface SelectStep {
  cursor: Cursor;
  /** What becomes of the selection; null leaves it. */
  select: { mode: 'replace' | 'add' | 'toggle'; from: number; to: number } | null;
}

export interface Modifiers {
  shift: boolean;
  ctrl: boolean;
}

/** A click: alone, with Shift a range from the anchor, with Ctrl one more or less. */
export function stepByPointer(cursor: Cursor, index: number, { shift, ctrl }: Modifiers): SelectStep {
  if (shift) {
    return {
      cursor: { anchor: cursor.anchor, focus: index },
      select: { mode: ctrl ? 'add' : 'replace', from: cursor.anchor, to: index },
    };
  }
  return {
    cursor: { anchor: index, focus: index },
    select: { mode: ctrl ? 'toggle' : 'replace', from: index, to: index },
  };
}

function target(key: string, focus: number, total: number, pageRows: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return focus + 1;
    case 'ArrowUp':
      return focus - 1;
    case 'PageDown':
      return focus + pageRows;
    case 'PageUp':
      return focus - pageRows;
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return null;
  }
}

/** A key in a list of `total` rows of which `pageRows` are on show; null when it means nothing here. */
export function stepByKey(
  cursor: Cursor,
  key: string,
  { shift, ctrl }: Modifiers,
  total: number,
  pageRows: number,
): SelectStep | null {
  if (total === 0) return null;
  if (ctrl && key.toLowerCase() === 'a') return { cursor, select: { mode: 'replace', from: 0, to: total - 1 } };
  if (key === ' ') {
    return {
      cursor: { anchor: cursor.focus, focus: cursor.focus },
      select: { mode: ctrl ? 'toggle' : 'replace', from: cursor.focus, to: cursor.focus },
    };
  }
  const wanted = target(key, cursor.focus, total, pageRows);
  if (wanted === null) return null;
  const focus = Math.max(0, Math.min(total - 1, wanted));
  if (shift) {
    return {
      cursor: { anchor: cursor.anchor, focus },
      select: { mode: ctrl ? 'add' : 'replace', from: cursor.anchor, to: focus },
    };
  }
  if (ctrl) return { cursor: { anchor: cursor.anchor, focus }, select: null };
  return { cursor: { anchor: focus, focus }, select: { mode: 'replace', from: focus, to: focus } };
}

/** The selection after a step, given the rows of its range. Order is the order of selecting. */
export function select<T>(
  selected: ReadonlyMap<string, T>,
  rows: readonly T[],
  idOf: (row: T) => string,
  mode: 'replace' | 'add' | 'toggle',
): Map<string, T> {
  const next = new Map(mode === 'replace' ? [] : selected);
  for (const row of rows) {
    const id = idOf(row);
    if (mode === 'toggle' && next.has(id)) next.delete(id);
    else next.set(id, row);
  }
  return next;
}

/**
 * The selection with newer versions of its rows. When `complete` says that `rows` is all there is, rows that are gone
 * leave the selection. The same object when nothing changed.
 */
export function refreshSelection<T>(
  selected: ReadonlyMap<string, T>,
  rows: readonly T[],
  idOf: (row: T) => string,
  complete: boolean,
): ReadonlyMap<string, T> {
  const fresh = new Map(rows.map((row) => [idOf(row), row]));
  const kept = [...selected].filter(([id]) => !complete || fresh.has(id));
  if (kept.length === selected.size && kept.every(([id, row]) => (fresh.get(id) ?? row) === row)) return selected;
  return new Map(kept.map(([id, row]) => [id, fresh.get(id) ?? row]));
}
