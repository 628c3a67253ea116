import path from 'node:path';
import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  MessageChannelMain,
  type MessagePortMain,
  nativeTheme,
  Notification,
  powerSaveBlocker,
  protocol,
  safeStorage,
  session,
  Tray,
  utilityProcess,
} from 'electron';
import type { KeyRing } from '../engine/credentials/installation-secret.ts';
import { systemClock } from '../engine/faults/clock.ts';
import { defaultDataDir } from '../hosting/data-dir.ts';
import { answerAppRequest } from './app-protocol.ts';
import { ConsoleWindow } from './console-window.ts';
import type { FromEngine } from './engine-messages.ts';
import { EngineSupervisor } from './engine-supervisor.ts';
import { denyPermissions, guardPages } from './guards.ts';
import { applicationMenu, trayMenu, trayText } from './menus.ts';
import { appScheme } from './navigation.ts';
import { servePages } from './page-messages.ts';
import { quitQuestion } from './quit-rule.ts';
import { openKeyRing } from './safe-storage-key-ring.ts';
import { noticeOf } from './session-watch.ts';
import { ShellState } from './shell-state.ts';
import { unpacked } from './unpacked.ts';
import { answerKeyRing } from './key-ring-answers.ts';

/** How long the engine may take to end its sessions before it is killed; it recovers at its next start. */
const stopLimitMs = 30_000;

const outDir = import.meta.dirname;
const icon = path.join(outDir, 'icon.png');
const dataDir = app.commandLine.getSwitchValue('data-dir') || defaultDataDir();
const state = new ShellState(path.join(app.getPath('userData'), 'desktop-state.json'));

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
const notices = new Set<Notification>();
let keyRing: Promise<KeyRing> | undefined;

const engine = new EngineSupervisor<MessagePortMain>({
  clock: systemClock,
  fork: () =>
    utilityProcess.fork(path.join(unpacked(outDir), 'engine', 'engine-process.mjs'), [dataDir], {
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
  state,
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
  nativeTheme.themeSource = state.values.theme ?? 'system';
  servePages(ipcMain, {
    newChannel: () => new MessageChannelMain(),
    connect: (port) => engine.connect(port),
    isOurWindow: (contents) => BrowserWindow.fromWebContents(contents) !== null,
    choosePath: (kind, start) => consoleWindow.choosePath(kind, start),
    setTheme: (theme) => {
      nativeTheme.themeSource = theme;
      if (state.values.theme !== theme) state.change({ theme });
    },
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(applicationMenu(actions, process.platform, { developer: !app.isPackaged })),
  );
  engine.start();
  tray = makeTray();
  consoleWindow.show();
}

function hear(message: FromEngine): void {
  switch (message.type) {
    case 'failed':
      notify('The engine did not start', message.reason);
      return;
    case 'ready':
      tellAboutSecrets(message.secretWarning);
      return;
    case 'key-ring':
      keyRing ??= openKeyRing(safeStorage, process.platform, app.commandLine.hasSwitch('secrets-in-file'));
      void answerKeyRing(keyRing, message).then((answer) => engine.tell(answer));
      return;
    case 'sessions':
      ({ running } = message);
      keepAwake();
      refreshTray();
      for (const note of [...message.ended, ...message.waiting]) {
        const notice = noticeOf(note);
        if (notice) notify(notice.title, notice.body, `#/home/jobs?session=${encodeURIComponent(note.id)}`);
      }
  }
}

/** Once for each change; what cannot be read says so again wherever it is wanted. */
function tellAboutSecrets(warning: string | null): void {
  if ((state.values.secretWarning ?? null) === warning) return;
  state.change({ secretWarning: warning ?? undefined });
  if (warning !== null) notify('Where passphrases are kept', warning, undefined, true);
}

/** A computer that falls asleep under a running job breaks it off; the screen may go dark. */
function keepAwake(): void {
  if (running.length > 0) awake ??= powerSaveBlocker.start('prevent-app-suspension');
  else if (awake !== undefined) {
    powerSaveBlocker.stop(awake);
    awake = undefined;
  }
}

/** Beside the window, when nobody looks at it (or `always`); a click leads to `place`. */
function notify(title: string, body: string, place?: string, always = false): void {
  if ((consoleWindow.isWatched && !always) || !Notification.isSupported()) return;
  const notification = new Notification({ title, body, icon });
  // What nothing refers to is collected, and its click with it.
  notices.add(notification);
  notification.on('click', () => {
    notices.delete(notification);
    consoleWindow.show(place);
  });
  notification.on('close', () => notices.delete(notification));
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
