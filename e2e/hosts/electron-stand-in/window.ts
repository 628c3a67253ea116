import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page, Route } from '@playwright/test';
import type { BrowserWindowConstructorOptions } from 'electron';
import { bindings, deliveryName, pageScript } from './page-script.ts';
import { PortDouble } from './ports.ts';

/** Where `app://console/` is in an ordinary browser: a name that is never looked up and counts as secure. */
const standInOrigin = 'http://console.localhost';

export const toBrowser = (url: string): string => url.replace(/^app:\/\/console/, standInOrigin);
export const toApp = (url: string): string => url.replace(standInOrigin, 'app://console');

interface Delivery {
  message(channel: string, message: unknown, ports: number[]): void;
  port(number: number, data: unknown): void;
  close(number: number): void;
}

export interface WindowWorld {
  context: BrowserContext;
  /** What the main process registered for its scheme. */
  answer: (request: Request) => Promise<Response>;
  fromPage: (contents: WebContentsDouble, frame: FrameDouble, channel: string, args: unknown[]) => void;
  askedByPage: (contents: WebContentsDouble, frame: FrameDouble, channel: string, args: unknown[]) => Promise<unknown>;
  opened: (window: WindowDouble) => void;
}

/** Stands for the main frame of a page. */
export class FrameDouble {
  readonly parent = null;
  readonly #page: Page;
  readonly #ports = new Map<number, PortDouble>();
  #next = 1;

  constructor(page: Page) {
    this.#page = page;
  }

  get url(): string {
    return toApp(this.#page.url());
  }

  postMessage(channel: string, message: unknown, ports: PortDouble[] = []): void {
    const numbers = ports.map((port) => {
      const number = this.#next;
      this.#next += 1;
      this.#ports.set(number, port);
      port.on('message', (event: { data: unknown }) => this.#deliver('port', number, event.data));
      port.on('close', () => this.#ports.delete(number) && this.#deliver('close', number));
      return number;
    });
    this.#deliver('message', channel, message, numbers);
    for (const port of ports) port.start();
  }

  portEvent(number: number, kind: string, data: unknown): void {
    const port = this.#ports.get(number);
    if (kind === 'message') return port?.postMessage(data);
    this.#ports.delete(number);
    port?.close();
  }

  /** A page that is loaded anew has lost its ports. */
  closePorts(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  #deliver(method: keyof Delivery, ...args: unknown[]): void {
    this.#page
      .evaluate(
        ([name, called, values]) => {
          const delivery = (window as unknown as Record<string, Record<string, (...given: unknown[]) => void>>)[
            name as string
          ];
          delivery?.[called as string]?.(...(values as unknown[]));
        },
        [deliveryName, method, args] as const,
      )
      // The page is gone or being loaded anew, and its ports with it.
      .catch(() => {});
  }
}

/** Stands for `WebContents`. */
export class WebContentsDouble extends EventEmitter {
  loading = true;
  windowOpenHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }

  isLoading(): boolean {
    return this.loading;
  }

  deliver: (channel: string, message: unknown) => void = () => {};
  send(channel: string, message: unknown): void {
    this.deliver(channel, message);
  }
}

/** Stands for `BrowserWindow`: a page of the test's Chromium. */
export class WindowDouble extends EventEmitter {
  readonly webContents = new WebContentsDouble();
  readonly options: BrowserWindowConstructorOptions;
  readonly ready: Promise<Page>;
  readonly #world: WindowWorld;
  #visible = false;
  #maximized = false;
  #destroyed = false;

  constructor(options: BrowserWindowConstructorOptions, world: WindowWorld) {
    super();
    this.options = options;
    this.#world = world;
    this.ready = this.#makePage();
    world.opened(this);
  }

  async #makePage(): Promise<Page> {
    const page = await this.#world.context.newPage();
    const frame = new FrameDouble(page);
    await page.exposeBinding(bindings.send, (_source, channel: string, args: string) =>
      this.#world.fromPage(this.webContents, frame, channel, JSON.parse(args) as unknown[]),
    );
    await page.exposeBinding(bindings.invoke, (_source, channel: string, args: string) =>
      this.#world.askedByPage(this.webContents, frame, channel, JSON.parse(args) as unknown[]),
    );
    this.webContents.deliver = (channel, message) => frame.postMessage(channel, message);
    await page.exposeBinding(bindings.port, (_source, number: number, kind: string, data: unknown) =>
      frame.portEvent(number, kind, data),
    );
    await page.addInitScript(pageScript(await readFile(this.options.webPreferences?.preload ?? '', 'utf8')));
    await page.route('**/*', (route) => this.#answer(page, frame, route));
    page.on('popup', (popup) => {
      if (this.webContents.windowOpenHandler({ url: popup.url() }).action === 'deny') void popup.close();
    });
    return page;
  }

  async #answer(page: Page, frame: FrameDouble, route: Route): Promise<void> {
    const request = route.request();
    const url = toApp(request.url());
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
      let stopped = false;
      if (page.url() !== 'about:blank' && page.url() !== request.url()) {
        this.webContents.emit('will-navigate', { url, preventDefault: () => (stopped = true) });
      }
      if (stopped) return route.abort('aborted');
      frame.closePorts();
    }
    // Everything else would leave the computer; there is nothing there for the console.
    if (!url.startsWith('app://')) return route.abort('blockedbyclient');
    const response = await this.#world.answer(new Request(url, { method: request.method() }));
    const headers = Object.fromEntries(response.headers);
    await route.fulfill({ status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) });
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.ready;
    await page.goto(toBrowser(url));
    this.webContents.loading = false;
    this.emit('ready-to-show');
  }

  async reload(): Promise<void> {
    await (await this.ready).reload();
  }

  /** The user closes the window. */
  close(): void {
    let kept = false;
    this.emit('close', { preventDefault: () => (kept = true) });
    if (!kept) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    void this.ready.then((page) => page.close());
    this.emit('closed');
  }

  show(): void {
    this.#visible = true;
  }
  hide(): void {
    this.#visible = false;
  }
  focus(): void {}
  restore(): void {}
  maximize(): void {
    this.#maximized = true;
    this.emit('maximize');
  }
  isMaximized(): boolean {
    return this.#maximized;
  }
  /** The user drags the window, or its edge. */
  place(bounds: { x: number; y: number; width: number; height: number }): void {
    Object.assign(this.options, bounds);
    this.emit('move');
    this.emit('resize');
  }
  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    const { x = 0, y = 0, width = 800, height = 600 } = this.options;
    return { x, y, width, height };
  }
  isMinimized(): boolean {
    return false;
  }
  isVisible(): boolean {
    return this.#visible;
  }
  isFocused(): boolean {
    return this.#visible;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
}
