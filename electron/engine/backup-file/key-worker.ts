/** The thread that wraps and unwraps data keys: a passphrase costs about a second of computing. */
import { serveTasks } from '../pipeline/worker-tasks.ts';
import { decryptText, encryptText } from './armoured-text.ts';
import { createKeySection, openKeySection } from './key-section.ts';
import type { Encryption, Keys } from './restore-point.ts';

export type KeyTask =
  | { kind: 'create'; encryption: Encryption }
  | { kind: 'open'; section: Uint8Array; keys: Keys }
  | { kind: 'armour'; text: string; protectWith: Encryption }
  | { kind: 'unarmour'; text: string; keys: Keys };

serveTasks<KeyTask>((task) => {
  switch (task.kind) {
    case 'create':
      return createKeySection(task.encryption);
    case 'open':
      return openKeySection(task.section, task.keys);
    case 'armour':
      return encryptText(task.text, task.protectWith);
    case 'unarmour':
      return decryptText(task.text, task.keys);
    default:
      return undefined;
  }
});
