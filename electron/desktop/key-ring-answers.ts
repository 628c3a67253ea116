import { messageOf } from '../../shared/domain/message-of.ts';
import type { KeyRing } from '../engine/credentials/installation-secret.ts';
import type { KeyRingQuestion, ToEngine } from './engine-messages.ts';
import type { ShellModule } from './shell-module.ts';

/** Answers the engine's process from the key ring, which only the main process can reach. */
export async function answerKeyRing(keyRing: Promise<KeyRing>, question: KeyRingQuestion): Promise<ToEngine> {
  const { id, ask, value } = question;
  try {
    const { refusal, seal, unseal } = await keyRing;
    if (ask === 'refusal') return { type: 'key-ring', id, value: refusal ?? '' };
    if (ask === 'seal') return { type: 'key-ring', id, value: (await seal(value)).toString('base64') };
    const { text, renew } = await unseal(Buffer.from(value, 'base64'));
    return { type: 'key-ring', id, value: text, renew };
  } catch (error) {
    return { type: 'key-ring', id, error: messageOf(error) };
  }
}

/** The engine's process asks the system's key ring through this one; it is opened at the first question. */
export function keyRingAnswers(open: () => Promise<KeyRing>, tell: (answer: ToEngine) => void): ShellModule {
  let keyRing: Promise<KeyRing> | undefined;
  return {
    engineSays(message) {
      if (message.type !== 'key-ring') return;
      keyRing ??= open();
      void answerKeyRing(keyRing, message).then(tell);
    },
  };
}
