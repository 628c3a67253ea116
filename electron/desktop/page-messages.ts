import type { IpcMain, MessageChannelMain, MessagePortMain, WebContents, WebFrameMain } from 'electron';
import { isTrustedSender } from './navigation.ts';

/** The channels between a page's preload and the main process; all there are. */
export const channels = {
  requestPort: 'reelvault:request-engine-port',
  port: 'reelvault:engine-port',
  choosePath: 'reelvault:choose-path',
  theme: 'reelvault:theme',
  go: 'reelvault:go',
} as const;

export type PathKind = 'folder' | 'file';
export type ThemeChoice = 'system' | 'light' | 'dark';

export interface PageMessagesOptions {
  newChannel: () => Pick<MessageChannelMain, 'port1' | 'port2'>;
  /** Hands one end to the engine; false when there is none now. */
  connect: (port: MessagePortMain) => boolean;
  isOurWindow: (contents: WebContents) => boolean;
  /** Shows the system's dialog; null when it was cancelled. */
  choosePath: (kind: PathKind, start: string) => Promise<string | null>;
  setTheme: (choice: ThemeChoice) => void;
}

const longestPath = 32_767;
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;

/**
 * Everything a page can ask of the main process. Messages from anything but the main frame of our own page in our own
 * window, or of another form than the preload sends, are not answered.
 */
export function servePages(ipc: Pick<IpcMain, 'on' | 'handle'>, options: PageMessagesOptions): void {
  const trustedFrame = (event: { sender: WebContents; senderFrame: WebFrameMain | null }): WebFrameMain | null => {
    const frame = event.senderFrame;
    const trusted = isTrustedSender({
      url: frame?.url ?? null,
      isMainFrame: frame !== null && frame.parent === null,
      isKnownWindow: options.isOurWindow(event.sender),
    });
    return trusted ? frame : null;
  };

  ipc.on(channels.requestPort, (event, id: unknown) => {
    const frame = trustedFrame(event);
    if (!frame || !isText(id, 100)) return;
    const { port1, port2 } = options.newChannel();
    if (options.connect(port1)) return frame.postMessage(channels.port, { id }, [port2]);
    port1.close();
    port2.close();
    frame.postMessage(channels.port, { id, error: 'The engine is being started again.' });
  });

  ipc.handle(channels.choosePath, async (event, kind: unknown, start: unknown) => {
    const known = kind === 'folder' || kind === 'file';
    if (!trustedFrame(event) || !known || !isText(start, longestPath)) return null;
    return options.choosePath(kind, start);
  });

  ipc.on(channels.theme, (event, choice: unknown) => {
    const known = choice === 'system' || choice === 'light' || choice === 'dark';
    if (trustedFrame(event) && known) options.setTheme(choice);
  });
}
