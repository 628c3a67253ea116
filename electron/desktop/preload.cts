// The page's only way out of its sandbox, and all of it: a message port to the engine, the system's dialog to choose a
// path, and word of the theme, so that the window's own parts follow it.
const { contextBridge, ipcRenderer } = require('electron') as typeof import('electron');

// A port cannot cross the context bridge; it reaches the page as a message to its own window.
ipcRenderer.on('reelvault:engine-port', (event, message: { id: string; error?: string }) => {
  window.postMessage({ type: 'reelvault:engine-port', id: message.id, error: message.error }, location.origin, [
    ...event.ports,
  ]);
});

// From a notification to the session it is about: the page's own links do the same.
ipcRenderer.on('reelvault:go', (_event, place: unknown) => {
  location.hash = String(place);
});

contextBridge.exposeInMainWorld('reelvault', {
  requestEnginePort: (id: unknown): void => void ipcRenderer.send('reelvault:request-engine-port', String(id)),
  choosePath: (kind: unknown, start: unknown): Promise<string | null> =>
    ipcRenderer.invoke('reelvault:choose-path', String(kind), String(start)) as Promise<string | null>,
  setTheme: (choice: unknown): void => void ipcRenderer.send('reelvault:theme', String(choice)),
  notifications: true,
});
