import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { BrowserContext } from '@playwright/test';
import type {
  BrowserWindowConstructorOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  OpenDialogOptions,
} from 'electron';
import { PortDouble } from './ports.ts';
import { UtilityProcessDouble } from './utility-process.ts';
import { type FrameDouble, type WebContentsDouble, WindowDouble } from './window.ts';

/** What the main process did, for a test to look at, and what a test answers. */
export interface StandInRecord {
  windows: WindowDouble[];
  engines: UtilityProcessDouble[];
  notifications: { title: string; body: string; click: () => void }[];
  /** What was asked of `app` and `protocol` before the program was ready. */
  prepared: string[];
  /** Dialogs to choose a path, and what the test chooses (default: nothing). */
  pathDialogs: OpenDialogOptions[];
  choosePath: (dialog: OpenDialogOptions) => string | null;
  themeSource: string;
  /** Questions asked, and the button that the test presses for each (default: the first). */
  questions: MessageBoxOptions[];
  answer: (question: MessageBoxOptions) => number;
  errors: string[];
  trayText: string;
  keptAwake: boolean;
  trayMenu: MenuItemConstructorOptions[];
  permissionRequest?: (contents: unknown, permission: string, answer: (allowed: boolean) => void) => void;
  permissionCheck?: (contents: unknown, permission: string) => boolean;
  hasQuit: Promise<void>;
}

export interface StandInOptions {
  switches: Record<string, string>;
  /** A folder for `app.getPath`. */
  userData: string;
  /** What the test computer's key ring is; `basic_text`: none. */
  keyRing: 'gnome_libsecret' | 'basic_text';
  /** False: another instance runs already. */
  isFirst: boolean;
}

/** The part of Electron's API that the desktop shell uses, around a page of Chromium and processes of Node. */
export function makeElectron(context: BrowserContext, { switches, userData, keyRing, isFirst }: StandInOptions) {
  mkdirSync(userData, { recursive: true });
  let quit: () => void = () => {};
  const record: StandInRecord = {
    windows: [],
    engines: [],
    notifications: [],
    prepared: [],
    pathDialogs: [],
    choosePath: () => null,
    themeSource: 'system',
    questions: [],
    answer: () => 0,
    errors: [],
    trayText: '',
    keptAwake: false,
    trayMenu: [],
    hasQuit: new Promise((resolve) => (quit = resolve)),
  };

  const handlers = new Map<string, (request: Request) => Promise<Response>>();
  const invoked = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();
  const ipcMain = Object.assign(new EventEmitter(), {
    handle: (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown) =>
      void invoked.set(channel, handler),
  });
  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    commandLine: {
      getSwitchValue: (name: string) => switches[name] ?? '',
      hasSwitch: (name: string) => name in switches,
    },
    enableSandbox: () => void record.prepared.push('sandbox for every page'),
    requestSingleInstanceLock: () => isFirst,
    whenReady: () => Promise.resolve(),
    isReady: () => true,
    getPath: () => userData,
    quit: () => {
      let stopped = false;
      app.emit('before-quit', { preventDefault: () => (stopped = true) });
      if (stopped) return;
      for (const window of record.windows) window.destroy();
      quit();
    },
  });

  const world = {
    context,
    answer: (request: Request) => {
      const handler = handlers.get(new URL(request.url).protocol.replace(':', ''));
      return handler ? handler(request) : Promise.resolve(new Response('no handler', { status: 500 }));
    },
    fromPage: (sender: WebContentsDouble, senderFrame: FrameDouble, channel: string, args: unknown[]) => {
      ipcMain.emit(channel, { sender, senderFrame }, ...args);
    },
    askedByPage: async (sender: WebContentsDouble, senderFrame: FrameDouble, channel: string, args: unknown[]) => {
      const handler = invoked.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      return await handler({ sender, senderFrame }, ...args);
    },
    opened: (window: WindowDouble) => {
      record.windows.push(window);
      app.emit('web-contents-created', {}, window.webContents);
      window.once('closed', () => {
        if (record.windows.every((one) => one.isDestroyed())) app.emit('window-all-closed');
      });
    },
  };

  class BrowserWindow extends WindowDouble {
    constructor(options: BrowserWindowConstructorOptions) {
      super(options, world);
    }
    static fromWebContents(contents: unknown): WindowDouble | null {
      return record.windows.find((window) => window.webContents === contents && !window.isDestroyed()) ?? null;
    }
  }

  class Tray extends EventEmitter {
    setToolTip(text: string): void {
      record.trayText = text;
    }
    setContextMenu(menu: MenuItemConstructorOptions[]): void {
      record.trayMenu = menu;
    }
  }

  class Notification extends EventEmitter {
    readonly #content: { title: string; body: string };
    constructor({ title, body }: { title: string; body: string }) {
      super();
      this.#content = { title, body };
    }
    static isSupported(): boolean {
      return true;
    }
    show(): void {
      record.notifications.push({ ...this.#content, click: () => this.emit('click') });
    }
  }

  class MessageChannelMain {
    readonly port1: PortDouble;
    readonly port2: PortDouble;
    constructor() {
      ({ port1: this.port1, port2: this.port2 } = PortDouble.pair());
    }
  }

  const electron = {
    app,
    BrowserWindow,
    dialog: {
      showMessageBox: (...args: unknown[]) => {
        const question = args.at(-1) as MessageBoxOptions;
        record.questions.push(question);
        return Promise.resolve({ response: record.answer(question), checkboxChecked: false });
      },
      showOpenDialog: (_window: unknown, options: OpenDialogOptions) => {
        record.pathDialogs.push(options);
        const chosen = record.choosePath(options);
        return Promise.resolve({ canceled: chosen === null, filePaths: chosen === null ? [] : [chosen] });
      },
      showErrorBox: (_title: string, content: string) => record.errors.push(content),
    },
    ipcMain,
    Menu: {
      buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
      setApplicationMenu: () => {},
    },
    MessageChannelMain,
    nativeTheme: {
      get shouldUseDarkColors() {
        return record.themeSource === 'dark';
      },
      get themeSource() {
        return record.themeSource;
      },
      set themeSource(choice: string) {
        record.themeSource = choice;
      },
    },
    Notification,
    powerSaveBlocker: {
      start: () => {
        record.keptAwake = true;
        return 1;
      },
      stop: () => {
        record.keptAwake = false;
      },
    },
    protocol: {
      registerSchemesAsPrivileged: (schemes: { scheme: string; privileges: Record<string, boolean> }[]) => {
        for (const { scheme, privileges } of schemes) {
          record.prepared.push(`${scheme}: ${Object.keys(privileges).join(' ')}`);
        }
      },
      handle: (scheme: string, handler: (request: Request) => Promise<Response>) => handlers.set(scheme, handler),
    },
    // As on a computer with a key ring: what is sealed says nothing, and comes back.
    safeStorage: {
      isAsyncEncryptionAvailable: () => Promise.resolve(true),
      getSelectedStorageBackend: () => keyRing,
      encryptStringAsync: (text: string) => Promise.resolve(Buffer.from(text, 'utf8').map((byte) => byte ^ 0x5a)),
      decryptStringAsync: (sealed: Buffer) =>
        Promise.resolve({
          result: Buffer.from(sealed.map((byte) => byte ^ 0x5a)).toString('utf8'),
          shouldReEncrypt: false,
        }),
    },
    screen: {
      getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }),
      getAllDisplays: () => [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: StandInRecord['permissionRequest']) =>
          (record.permissionRequest = handler),
        setPermissionCheckHandler: (handler: StandInRecord['permissionCheck']) => (record.permissionCheck = handler),
        setDevicePermissionHandler: () => {},
      },
    },
    Tray,
    utilityProcess: {
      fork: (modulePath: string, args: string[]) => {
        const child = new UtilityProcessDouble(modulePath, args);
        record.engines.push(child);
        return child;
      },
    },
  };
  return { electron, record, app };
}
