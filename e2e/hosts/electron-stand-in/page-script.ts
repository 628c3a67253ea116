/** The names of what connects a page with the stand-in; taken off the window before the page's own scripts run. */
export const bindings = {
  send: '__standInSend',
  invoke: '__standInInvoke',
  port: '__standInPort',
} as const;
export const deliveryName = '__standInDeliver';

/**
 * The script that runs in a page before its own: `require('electron')` for the preload, and real message ports for those
 * that the main process hands over. `preload` is the built preload's source.
 */
export function pageScript(preload: string): string {
  return `(() => {
    const send = window.${bindings.send};
    const invoke = window.${bindings.invoke};
    const portMessage = window.${bindings.port};
    delete window.${bindings.send};
    delete window.${bindings.invoke};
    delete window.${bindings.port};
    const listeners = new Map();
    const ports = new Map();
    const ipcRenderer = {
      send: (channel, ...args) => void send(channel, JSON.stringify(args)),
      invoke: (channel, ...args) => invoke(channel, JSON.stringify(args)),
      on: (channel, listener) => void listeners.set(channel, listener),
    };
    const contextBridge = {
      exposeInMainWorld: (name, api) =>
        Object.defineProperty(window, name, { value: Object.freeze({ ...api }), enumerable: true }),
    };
    // Electron tells a port when its other end has closed; a browser does not. The ports that reach the page are told here.
    const handedOver = [];
    const received = new Map();
    window.addEventListener('message', (event) => {
      if (event.ports.length === 0) return;
      const numbers = handedOver.shift() ?? [];
      event.ports.forEach((port, index) => {
        const number = numbers[index];
        const close = port.close.bind(port);
        port.close = () => {
          close();
          if (received.delete(number)) void portMessage(number, 'close', '');
        };
        received.set(number, port);
      });
    });
    Object.defineProperty(window, '${deliveryName}', {
      value: {
        message: (channel, message, numbers) => {
          const handed = numbers.map((number) => {
            const { port1, port2 } = new MessageChannel();
            ports.set(number, port1);
            port1.onmessage = (event) => void portMessage(number, 'message', event.data);
            return port2;
          });
          if (numbers.length > 0) handedOver.push(numbers);
          listeners.get(channel)?.({ ports: handed }, message);
        },
        port: (number, data) => ports.get(number)?.postMessage(data),
        close: (number) => {
          ports.get(number)?.close();
          ports.delete(number);
          const port = received.get(number);
          received.delete(number);
          port?.dispatchEvent(new Event('close'));
        },
      },
    });
    const require = (name) => {
      if (name !== 'electron') throw new Error('A sandboxed preload can require electron only, not ' + name);
      return { contextBridge, ipcRenderer };
    };
    const module = { exports: {} };
    ((require, module, exports) => {
      ${preload}
    })(require, module, module.exports);
  })();`;
}
