import { useEffect, useRef } from 'react';
import type { CommandContext } from '../commands/command.ts';
import { commandOfKeys, isPressed } from '../commands/projections.ts';
import { commands } from '../commands/registry.ts';
import { note } from '../state/notes.ts';

const paletteKeys = 'Ctrl+K';

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input,textarea,select,[contenteditable="true"]') !== null;
}

/** Shortcuts of the console's own window: not while a dialog or a menu is open, and not in fields. */
export function useShortcuts(context: CommandContext, onPalette: () => void): void {
  const latest = useRef({ context, onPalette });
  latest.current = { context, onPalette };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (
        event.defaultPrevented ||
        document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null
      )
        return;
      if (isPressed(paletteKeys, event)) {
        event.preventDefault();
        latest.current.onPalette();
        return;
      }
      if (isField(event.target)) return;
      const found = commandOfKeys(commands, latest.current.context, event);
      if (found === null) return;
      event.preventDefault();
      if (found.refusal === null) found.command.run(latest.current.context);
      else note('info', found.command.label(latest.current.context), found.refusal);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
