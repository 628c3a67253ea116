import { create } from 'zustand';

export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';

interface Settings {
  theme: ThemeChoice;
  ribbonMinimised: boolean;
  /** Tree nodes that are closed; everything else is open. */
  closedNodes: string[];
}

const key = 'reelvault.settings';
const defaults: Settings = { theme: 'system', ribbonMinimised: false, closedNodes: [] };

function load(): Settings {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return defaults;
    const { theme, ribbonMinimised, closedNodes } = kept as Partial<Record<keyof Settings, unknown>>;
    return {
      theme: theme === 'light' || theme === 'dark' || theme === 'contrast' ? theme : 'system',
      ribbonMinimised: ribbonMinimised === true,
      closedNodes: Array.isArray(closedNodes) ? closedNodes.filter((id) => typeof id === 'string') : [],
    };
  } catch {
    return defaults;
  }
}

/** How this person likes the console, on this computer. */
export const useSettings = create<Settings>(() => load());

export function changeSettings(change: Partial<Settings>): void {
  useSettings.setState(change);
  try {
    localStorage.setItem(key, JSON.stringify(useSettings.getState()));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
