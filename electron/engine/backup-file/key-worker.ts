/** The thread that wraps and unwraps data keys: a passphrase costs about a second of computing. */
import { serveTasks } from '../pipeline/worker-tasks.ts';
import { createKeySection, openKeySection } from './key-section.ts';
import type { Encryption, Keys } from './restore-point.ts';

export type KeyTask = { kind: 'create'; encryption: Encryption } | { kind: 'open'; section: Uint8Array; keys: Keys };

serveTasks<KeyTask>((task) =>
  task.kind === 'create' ? createKeySection(task.encryption) : openKeySection(task.section, task.keys),
);
