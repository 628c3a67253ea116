import path from 'node:path';
import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  MessageChannelMain,
  type MessagePortMain,
  nativeTheme,
  powerSaveBlocker,
  protocol,
  safeStorage,
  session,
  utilityProcess,
} from 'electron';
import { systemClock } from '../engine/faults/clock.ts';
import { defaultDataDir } from '../hosting/data-dir.ts';
import { appProtocol } from './app-protocol.ts';
import { ConsoleWindow } from './console-window.ts';
import { engineNotices } from './engine-notices.ts';
import { EngineSupervisor } from './engine-supervisor.ts';
import { guards } from './guards.ts';
import { keepAwake } from './keep-awake.ts';
import { keyRingAnswers } from './key-ring-answers.ts';
import { applicationMenu } from './menus.ts';
import { Notifications } from './notifications.ts';
import { servePages } from './page-messages.ts';
import { Quitting } from './quitting.ts';
import { RunningSessions } from './running-sessions.ts';
import { openKeyRing } from './safe-storage-key-ring.ts';
import type { ShellModule } from './shell-module.ts';
import { ShellState } from './shell-state.ts';
import { theme } from './theme.ts';
import { TrayIcon } from './tray.ts';
import { unpacked } from './unpacked.ts';

const outDir = import.meta.dirname;
const icon = path.join(outDir, 'icon.png');
const dataDir = app.commandLine.getSwitchValue('data-dir') || defaultDataDir();
const state = new ShellState(path.join(app.getPath('userData'), 'desktop-state.json'));

const actions = {
  show: () => {
    if (app.isReady()) consoleWindow.show();
  },
  quit: () => app.quit(),
};
const consoleWindow = new ConsoleWindow({
  icon,
  state,
  keepWhenClosed: () => !quitting.isLeaving && quitting.staysWithoutWindow,
});
const engine = new EngineSupervisor<MessagePortMain>({
  clock: systemClock,
  fork: () =>
    utilityProcess.fork(path.join(unpacked(outDir), 'engine', 'engine-process.mjs'), [dataDir], {
      serviceName: 'Reelvault engine',
      stdio: 'inherit',
    }),
  onMessage: (message) => modules.forEach((module) => module.engineSays?.(message)),
  onLost: (code, restartInMs) => modules.forEach((module) => module.engineLost?.(code, restartInMs)),
});
const running = new RunningSessions();
const tray = new TrayIcon(icon, actions, running);
const notifications = new Notifications(icon, consoleWindow);
const appearance = theme(nativeTheme, state);
const quitting = new Quitting({
  app,
  running: () => running.list,
  hasTray: () => tray.isThere,
  ask: (question) => consoleWindow.ask(question),
  stopEngine: (limitMs) => engine.stop(limitMs),
});

/** All of the shell, in the order in which each is told of things. */
const modules: readonly ShellModule[] = [
  guards(app, session),
  appProtocol(protocol, path.join(outDir, '..', 'renderer')),
  appearance,
  {
    ready: () =>
      servePages(ipcMain, {
        newChannel: () => new MessageChannelMain(),
        connect: (port) => engine.connect(port),
        isOurWindow: (contents) => BrowserWindow.fromWebContents(contents) !== null,
        choosePath: (kind, start) => consoleWindow.choosePath(kind, start),
        setTheme: appearance.set,
      }),
  },
  {
    ready: () =>
      Menu.setApplicationMenu(
        Menu.buildFromTemplate(applicationMenu(actions, process.platform, { developer: !app.isPackaged })),
      ),
  },
  { ready: () => engine.start() },
  running,
  keepAwake(powerSaveBlocker, running),
  tray,
  keyRingAnswers(
    () => openKeyRing(safeStorage, process.platform, app.commandLine.hasSwitch('secrets-in-file')),
    (answer) => engine.tell(answer),
  ),
  engineNotices(notifications.show, state),
  quitting,
  { ready: () => consoleWindow.show() },
];

// A second start shows the window of the first, for one engine owns the data directory.
if (app.requestSingleInstanceLock()) {
  app.on('second-instance', actions.show);
  app.on('activate', actions.show);
  for (const module of modules) module.load?.();
  void app.whenReady().then(() => modules.forEach((module) => module.ready?.()));
} else {
  app.quit();
}
