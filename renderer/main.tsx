import { type ReactElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Console } from './shell/console.tsx';
import { checkConnection, keepConnected, useConnection } from './state/connection.ts';
import { linkPlaceToAddress } from './state/deep-link.ts';
import { HostContext } from './state/host-context.ts';
import { desktopHost } from './state/host-desktop.ts';
import { webHost } from './state/host-web.ts';
import { followOverview } from './state/overview.ts';
import { type ThemeChoice, useSettings } from './state/settings.ts';
import { rememberFocus } from './ui/focus-back.ts';
import { ThemeRoot } from './ui/theme.tsx';
import { NativePathDialog } from './ui/wizard/native-path-dialog.ts';

const host = window.reelvault === undefined ? webHost() : desktopHost(window.reelvault);

const Root = (): ReactElement => {
  const theme = useSettings((state) => state.theme);
  return (
    <ThemeRoot choice={theme}>
      <HostContext value={host}>
        <NativePathDialog value={host.choosePath}>
          <Console />
        </NativePathDialog>
      </HostContext>
    </ThemeRoot>
  );
};

// High contrast is drawn on black.
const showTheme = ({ theme }: { theme: ThemeChoice }): void => host.showTheme?.(theme === 'contrast' ? 'dark' : theme);
showTheme(useSettings.getState());
useSettings.subscribe(showTheme);
rememberFocus();
linkPlaceToAddress();
followOverview();
void keepConnected(host, new AbortController().signal);

// A connection that died while the computer slept looks alive until something is sent through it.
addEventListener('online', () => void checkConnection());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void checkConnection();
});
useConnection.subscribe((state, before) => {
  if (state.info?.hostName !== before.info?.hostName) document.title = `Reelvault · ${state.info?.hostName ?? ''}`;
});

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the console.');
createRoot(root).render(
  <StrictMode>
    <Root />
  </StrictMode>,
);
