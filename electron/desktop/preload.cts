// The page's only way out of its sandbox: it can ask for a message port to the engine, and that is all.
const { contextBridge, ipcRenderer } = require('electron') as typeof import('electron');

// A port cannot cross the context bridge; it reaches the page as a message to its own window.
ipcRenderer.on('reelvault:engine-port', (event, message: { id: string; error?: string }) => {
  window.postMessage({ type: 'reelvault:engine-port', id: message.id, error: message.error }, location.origin, [
    ...event.ports,
  ]);
});

contextBridge.exposeInMainWorld('reelvault', {
  requestEnginePort: (id: unknown): void => ipcRenderer.send('reelvault:request-engine-port', String(id)),
  notifications: true,
});
