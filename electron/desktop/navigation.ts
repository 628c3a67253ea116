/** The one origin of the desktop's pages. */
export const appScheme = 'app';
export const appHost = 'console';
export const consoleUrl = `${appScheme}://${appHost}/`;

/** True for the console's own pages: the only place a window may ever be at. */
export function isConsoleUrl(url: string): boolean {
  try {
    const parsed = new URL(url);
    return (
      parsed.protocol === `${appScheme}:` && parsed.host === appHost && parsed.username === '' && parsed.password === ''
    );
  } catch {
    return false;
  }
}

/** Who sent a message to the main process, as far as it matters. */
export interface MessageSender {
  /** The frame's address; null when the frame is gone already. */
  url: string | null;
  isMainFrame: boolean;
  isKnownWindow: boolean;
}

/** Only the main frame of one of our windows, showing our page, is listened to. */
export function isTrustedSender(sender: MessageSender): boolean {
  return sender.isKnownWindow && sender.isMainFrame && sender.url !== null && isConsoleUrl(sender.url);
}

/** Permissions a page may have: copying text, and nothing else. */
export function isAllowedPermission(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}
