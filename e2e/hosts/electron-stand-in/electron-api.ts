import { EventEmitter } from 'node:events';
import type { BrowserContext } from '@playwright/test';
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions, MessageBoxOptions } from 'electron';
import { PortDouble } from './ports.ts';
import { UtilityProcessDouble } from './utility-process.ts';
import { type FrameDouble, type WebContentsDouble, WindowDouble } from './window.ts';

/** What the main process did, for a test to look at, and what a test answers. */
export interface StandInRecord {
  windows: WindowDouble[];
  engines: UtilityProcessDouble[];
  notifications: { title: string; body: string }[];
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

/** The part of Electron's API that the desktop shell uses, around a page of Chromium and processes of Node. */
export function makeElectron(context: BrowserContext, switches: Record<string, string>) {
  let quit: () => void = () => {};
  const record: StandInRecord = {
    windows: [],
    engines: [],
    notifications: [],
    questions: [],
    answer: () => 0,
    errors: [],
    trayText: '',
    keptAwake: false,
    trayMenu: [],
    hasQuit: new Promise((resolve) => (quit = resolve)),
  };

  const handlers = new Map<string, (request: Request) => Promise<Response>>();
  const ipcMain = new EventEmitter();
  const app = Object.assign(new EventEmitter(), {
    commandLine: { getSwitchValue: (name: string) => switches[name] ?? '' },
    enableSandbox: () => {},
    requestSingleInstanceLock: () => true,
    whenReady: () => Promise.resolve(),
    isReady: () => true,
    getPath: () => '',
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
      record.notifications.push(this.#content);
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
      showErrorBox: (_title: string, content: string) => record.errors.push(content),
    },
    ipcMain,
    Menu: {
      buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
      setApplicationMenu: () => {},
    },
    MessageChannelMain,
    nativeTheme: { shouldUseDarkColors: false },
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
      registerSchemesAsPrivileged: () => {},
      handle: (scheme: string, handler: (request: Request) => Promise<Response>) => handlers.set(scheme, handler),
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
