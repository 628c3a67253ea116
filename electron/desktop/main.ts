import path from 'node:path';
import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  MessageChannelMain,
  type MessagePortMain,
  Notification,
  powerSaveBlocker,
  protocol,
  session,
  Tray,
  utilityProcess,
} from 'electron';
import { systemClock } from '../engine/faults/clock.ts';
import { defaultDataDir } from '../web/data-dir.ts';
import { answerAppRequest } from './app-protocol.ts';
import { ConsoleWindow } from './console-window.ts';
import type { FromEngine } from './engine-messages.ts';
import { EngineSupervisor } from './engine-supervisor.ts';
import { denyPermissions, guardPages } from './guards.ts';
import { applicationMenu, trayMenu, trayText } from './menus.ts';
import { appScheme } from './navigation.ts';
import { servePorts } from './ports.ts';
import { quitQuestion } from './quit-rule.ts';
import { noticeOf } from './session-watch.ts';

/** How long the engine may take to end its sessions before it is killed; it recovers at its next start. */
const stopLimitMs = 30_000;

const outDir = import.meta.dirname;
const icon = path.join(outDir, 'icon.png');
const dataDir = app.commandLine.getSwitchValue('data-dir') || defaultDataDir();

app.enableSandbox();
guardPages(app);
protocol.registerSchemesAsPrivileged([
  { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);

let tray: Tray | undefined;
let running: { id: string; name: string }[] = [];
let quitting = false;
let asking = false;
let awake: number | undefined;

const engine = new EngineSupervisor<MessagePortMain>({
  clock: systemClock,
  fork: () =>
    utilityProcess.fork(path.join(outDir, 'engine', 'engine-process.js'), [dataDir], {
      serviceName: 'Reelvault engine',
      stdio: 'inherit',
    }),
  onMessage: hear,
  onLost: (code, restartInMs) => {
    running = [];
    keepAwake();
    notify(
      'The engine has stopped',
      `It ended with code ${code} and is started again in ${restartInMs / 1000} s. Interrupted jobs go on at their next run.`,
    );
    refreshTray();
  },
});

// Closing the window keeps jobs running: the program stays in the tray, or, where there is none, while something runs.
const consoleWindow = new ConsoleWindow({
  icon,
  keepWhenClosed: () => !quitting && (tray !== undefined || running.length > 0),
});
const actions = {
  show: () => {
    if (app.isReady()) consoleWindow.show();
  },
  quit: () => app.quit(),
};

// A second start shows the window of the first, for one engine owns the data directory.
if (app.requestSingleInstanceLock()) {
  app.on('second-instance', actions.show);
  app.on('activate', actions.show);
  app.on('window-all-closed', () => {
    if (!tray && running.length === 0) app.quit();
  });
  app.on('before-quit', (event) => {
    if (quitting) return;
    event.preventDefault();
    void leave();
  });
  void app.whenReady().then(open);
} else {
  app.quit();
}

function open(): void {
  denyPermissions(session.defaultSession);
  protocol.handle(appScheme, (request) => answerAppRequest(path.join(outDir, '..', 'renderer'), request));
  servePorts(ipcMain, {
    newChannel: () => new MessageChannelMain(),
    connect: (port) => engine.connect(port),
    isOurWindow: (contents) => BrowserWindow.fromWebContents(contents) !== null,
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(actions, process.platform)));
  engine.start();
  tray = makeTray();
  consoleWindow.show();
}

function hear(message: FromEngine): void {
  if (message.type === 'state') {
    if (message.state === 'failed') notify('The engine did not start', message.reason);
    return;
  }
  ({ running } = message);
  keepAwake();
  refreshTray();
  for (const note of [...message.ended, ...message.waiting]) {
    const notice = noticeOf(note);
    if (notice) notify(notice.title, notice.body);
  }
}

/** A computer that falls asleep under a running job breaks it off; the screen may go dark. */
function keepAwake(): void {
  if (running.length > 0) awake ??= powerSaveBlocker.start('prevent-app-suspension');
  else if (awake !== undefined) {
    powerSaveBlocker.stop(awake);
    awake = undefined;
  }
}

function notify(title: string, body: string): void {
  if (consoleWindow.isWatched || !Notification.isSupported()) return;
  const notification = new Notification({ title, body, icon });
  notification.on('click', actions.show);
  notification.show();
}

/** Some Linux desktops have no tray; then the window is all there is. */
function makeTray(): Tray | undefined {
  try {
    const made = new Tray(icon);
    made.on('click', actions.show);
    made.setToolTip(trayText(running));
    made.setContextMenu(Menu.buildFromTemplate(trayMenu(actions, running)));
    return made;
  } catch {
    return undefined;
  }
}

function refreshTray(): void {
  tray?.setToolTip(trayText(running));
  tray?.setContextMenu(Menu.buildFromTemplate(trayMenu(actions, running)));
}

/** Asks while jobs run, stops the engine in order, and leaves. */
async function leave(): Promise<void> {
  if (asking) return;
  asking = true;
  try {
    const question = quitQuestion(running);
    if (question && (await consoleWindow.ask(question)) !== 1) return;
    await engine.stop(stopLimitMs);
    quitting = true;
    app.quit();
  } finally {
    asking = false;
  }
}
