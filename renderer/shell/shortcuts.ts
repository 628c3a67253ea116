import { useEffect, useEffectEvent } from 'react';
import type { CommandContext } from '../commands/command.ts';
import { commandOfKeys, isPressed } from '../commands/projections.ts';
import { commands } from '../commands/registry.ts';
import { openHelp } from '../state/help.ts';
import { note } from '../state/notes.ts';
import { goToRegion } from './regions.ts';

const paletteKeys = 'Ctrl+K';

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input,textarea,select,[contenteditable="true"]') !== null;
}

/** Shortcuts of the console's own window: not while a dialog or a menu is open, and not in fields. */
export function useShortcuts(context: CommandContext, onPalette: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent): void => {
    // Help is wanted most where something is open: it is the one key that works over dialogs.
    if (event.key === 'F1' && !event.defaultPrevented) {
      event.preventDefault();
      openHelp();
      return;
    }
    const over = document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]');
    if (event.defaultPrevented || over !== null) return;
    if (isPressed(paletteKeys, event)) {
      event.preventDefault();
      onPalette();
      return;
    }
    if (event.key === 'F6' && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      goToRegion(event.shiftKey ? -1 : 1);
      return;
    }
    if (isField(event.target)) return;
    const found = commandOfKeys(commands, context, event);
    if (found === null) return;
    event.preventDefault();
    if (found.refusal === null) found.command.run(context);
    else note('info', found.command.label(context), found.refusal);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKeyDown(event);
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}
