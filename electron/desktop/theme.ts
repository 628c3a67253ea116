import type { NativeTheme } from 'electron';
import type { ThemeChoice } from './page-messages.ts';
import type { ShellModule } from './shell-module.ts';
import type { ShellState } from './shell-state.ts';

/** Light, dark or as the system has it, kept over restarts. */
export function theme(
  nativeTheme: Pick<NativeTheme, 'themeSource'>,
  state: Pick<ShellState, 'values' | 'change'>,
): ShellModule & { set(choice: ThemeChoice): void } {
  return {
    ready() {
      nativeTheme.themeSource = state.values.theme ?? 'system';
    },
    set(choice) {
      nativeTheme.themeSource = choice;
      if (state.values.theme !== choice) state.change({ theme: choice });
    },
  };
}
