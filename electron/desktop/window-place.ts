export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a window was when it was last seen; `x` and `y` are of its normal size, also while it is maximised. */
export interface WindowPlace extends Rectangle {
  maximized: boolean;
}

export const smallestWindow = { width: 1024, height: 700 } as const;
const usualWindow = { width: 1440, height: 900 } as const;
/** So much of a window's title has to be on a screen for somebody to drag it. */
const reach = { width: 160, height: 40 } as const;

/**
 * Where to open the window. Its last place, if enough of its title bar is on a screen that is there now; else the same
 * size, or what fits, in the middle of the first screen. `workAreas` are the screens without bars and docks, first the
 * main one; sizes in device-independent pixels. Without `x` and `y` the system chooses.
 */
export function placeWindow(
  last: WindowPlace | undefined,
  workAreas: readonly Rectangle[],
): Partial<Rectangle> & { width: number; height: number; maximized: boolean } {
  const wanted = last ?? { ...usualWindow, maximized: false };
  const [first] = workAreas;
  if (!first) return { width: wanted.width, height: wanted.height, maximized: wanted.maximized };
  const home = last && workAreas.find((area) => canBeDragged(last, area));
  const area = home ?? first;
  const width = Math.max(smallestWindow.width, Math.min(wanted.width, area.width));
  const height = Math.max(smallestWindow.height, Math.min(wanted.height, area.height));
  if (last && home) return { x: last.x, y: last.y, width, height, maximized: last.maximized };
  return {
    x: area.x + Math.max(0, Math.round((area.width - width) / 2)),
    y: area.y + Math.max(0, Math.round((area.height - height) / 2)),
    width,
    height,
    maximized: wanted.maximized,
  };
}

function canBeDragged(window: Rectangle, area: Rectangle): boolean {
  const left = Math.max(window.x, area.x);
  const right = Math.min(window.x + window.width, area.x + area.width);
  const top = window.y;
  return right - left >= reach.width && top >= area.y && top + reach.height <= area.y + area.height;
}
