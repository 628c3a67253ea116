import type { MenuItemConstructorOptions } from 'electron';

export interface ShellActions {
  show(): void;
  quit(): void;
}

/** The menu bar: what a page cannot do for itself. The console's own commands are in its ribbon. */
export function applicationMenu(
  actions: ShellActions,
  platform: NodeJS.Platform,
  { developer }: { developer: boolean },
): MenuItemConstructorOptions[] {
  const quit: MenuItemConstructorOptions = { label: 'Quit Reelvault', accelerator: 'CmdOrCtrl+Q', click: actions.quit };
  return [
    { label: platform === 'darwin' ? 'Reelvault' : 'File', submenu: [quit] },
    {
      label: 'Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(developer ? [{ type: 'separator' as const }, { role: 'toggleDevTools' as const }] : []),
      ],
    },
  ];
}

export function trayMenu(actions: ShellActions, running: readonly { name: string }[]): MenuItemConstructorOptions[] {
  return [
    { label: trayText(running), enabled: false },
    { type: 'separator' },
    { label: 'Open the console', click: actions.show },
    { label: 'Quit Reelvault', click: actions.quit },
  ];
}

/** What the tray icon says when pointed at. */
export function trayText(running: readonly { name: string }[]): string {
  if (running.length === 0) return 'Reelvault: nothing is running';
  if (running.length === 1) return `Reelvault: ${running[0]?.name} is running`;
  return `Reelvault: ${running.length} sessions are running`;
}
