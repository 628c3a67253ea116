import type { App, Session } from 'electron';
import { isAllowedPermission, isConsoleUrl } from './navigation.ts';
import type { ShellModule } from './shell-module.ts';

/** Keeps every page where it belongs: no navigation away, no new windows, no webviews, whoever made the page. */
export function guardPages(app: App): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { preventDefault(): void; url: string }): void => {
      if (!isConsoleUrl(event.url)) event.preventDefault();
    };
    contents.on('will-navigate', stay);
    contents.on('will-frame-navigate', stay);
    contents.on('will-redirect', stay);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** Denies every permission but the one to copy text. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(isAllowedPermission(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isAllowedPermission(permission));
  session.setDevicePermissionHandler(() => false);
}

/** Sandbox, pages that stay where they are, and no permissions. */
export function guards(app: App, sessions: { readonly defaultSession: Session }): ShellModule {
  return {
    load() {
      app.enableSandbox();
      guardPages(app);
    },
    ready: () => denyPermissions(sessions.defaultSession),
  };
}
