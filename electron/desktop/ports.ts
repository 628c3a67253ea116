import type { IpcMain, MessageChannelMain, MessagePortMain, WebContents } from 'electron';
import { isTrustedSender } from './navigation.ts';

/** The channels between a page's preload and the main process; all there are. */
export const channels = { requestPort: 'reelvault:request-engine-port', port: 'reelvault:engine-port' } as const;

export interface PortsOptions {
  newChannel: () => Pick<MessageChannelMain, 'port1' | 'port2'>;
  /** Hands one end to the engine; false when there is none now. */
  connect: (port: MessagePortMain) => boolean;
  isOurWindow: (contents: WebContents) => boolean;
}

/**
 * Hands a page that asks for it a message port to the engine, or the reason why there is none. Messages from anything
 * but the main frame of our own page in our own window are not answered.
 */
export function servePorts(ipc: Pick<IpcMain, 'on'>, options: PortsOptions): void {
  ipc.on(channels.requestPort, (event, id: unknown) => {
    const frame = event.senderFrame;
    const trusted = isTrustedSender({
      url: frame?.url ?? null,
      isMainFrame: frame !== null && frame.parent === null,
      isKnownWindow: options.isOurWindow(event.sender),
    });
    if (!trusted || frame === null || typeof id !== 'string' || id.length > 100) return;
    const { port1, port2 } = options.newChannel();
    if (options.connect(port1)) return frame.postMessage(channels.port, { id }, [port2]);
    port1.close();
    port2.close();
    frame.postMessage(channels.port, { id, error: 'The engine is being started again.' });
  });
}
