import { messageOf } from '../../shared/domain/message-of.ts';
import type { SecretVault } from '../engine/credentials/installation-secret.ts';
import type { ToEngine, VaultQuestion } from './engine-messages.ts';

/** Answers the engine's process from the vault, which only the main process can reach. */
export async function answerVault(vault: Promise<SecretVault>, question: VaultQuestion): Promise<ToEngine> {
  const { id, ask, value } = question;
  try {
    const { refusal, seal, unseal } = await vault;
    if (ask === 'refusal') return { type: 'vault', id, value: refusal ?? '' };
    if (ask === 'seal') return { type: 'vault', id, value: (await seal(value)).toString('base64') };
    const { text, renew } = await unseal(Buffer.from(value, 'base64'));
    return { type: 'vault', id, value: text, renew };
  } catch (error) {
    return { type: 'vault', id, error: messageOf(error) };
  }
}
