import { messageOf } from '../../shared/domain/message-of.ts';
import type { KeyRing } from '../engine/credentials/installation-secret.ts';
import type { ToEngine, KeyRingQuestion } from './engine-messages.ts';

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
