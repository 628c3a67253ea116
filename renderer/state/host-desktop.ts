import { RPCLink } from '@orpc/client/message-port';
import { type ConnectionEnd, type Host, HostProblem } from './host.ts';
import { say } from '../say.ts';

/**
 * What the desktop's preload puts on the window. A MessagePort cannot cross the context bridge, so `requestEnginePort`
 * makes the preload post `{type: 'reelvault:engine-port', id}` with the port to this very window; without an engine it posts
 * the same message with `error` and no port.
 */
export interface DesktopPreload {
  requestEnginePort: (id: string) => void;
  choosePath: (kind: 'folder' | 'file', start: string) => Promise<string | null>;
  setTheme: (choice: 'system' | 'light' | 'dark') => void;
  notifications: boolean;
}

declare global {
  interface Window {
    reelvault?: DesktopPreload;
  }
}

const portLimitMs = 15_000;

interface PortMessage {
  type: 'reelvault:engine-port';
  id: string;
  error?: string;
}

function isPortMessage(data: unknown): data is PortMessage {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'reelvault:engine-port';
}

function requestPort(preload: DesktopPreload, signal: AbortSignal): Promise<MessagePort> {
  const id = crypto.randomUUID();
  return new Promise<MessagePort>((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(portLimitMs)]);
    const stop = (): void => {
      window.removeEventListener('message', onMessage);
      limit.removeEventListener('abort', onLimit);
    };
    const onLimit = (): void => {
      stop();
      reject(new HostProblem(say('The engine does not answer.')));
    };
    const onMessage = (event: MessageEvent<unknown>): void => {
      if (event.source !== window || !isPortMessage(event.data) || event.data.id !== id) return;
      stop();
      const [port] = event.ports;
      if (port) resolve(port);
      else reject(new HostProblem(event.data.error ?? say('The engine is not running.')));
    };
    limit.addEventListener('abort', onLimit, { once: true });
    window.addEventListener('message', onMessage);
    preload.requestEnginePort(id);
  });
}

/** The desktop program's window: a message port to the engine's process, no sign-in. */
export function desktopHost(preload: DesktopPreload): Host {
  return {
    kind: 'desktop',
    capabilities: { notifications: preload.notifications },
    choosePath: (kind, start) => preload.choosePath(kind, start),
    showTheme: (choice) => preload.setTheme(choice),
    auth: null,
    connect: async (signal) => {
      const port = await requestPort(preload, signal);
      const ended = new Promise<ConnectionEnd>((resolve) => {
        port.addEventListener('close', () => resolve('closed'));
      });
      port.start();
      return { link: new RPCLink({ port }), ended, close: () => port.close() };
    },
  };
}
