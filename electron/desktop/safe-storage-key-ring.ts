import type { SafeStorage } from 'electron';
import { messageOf } from '../../shared/domain/message-of.ts';
import type { KeyRing } from '../engine/credentials/installation-secret.ts';

/** The part of Electron's `safeStorage` that is used. */
export type SafeStoragePart = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptStringAsync' | 'decryptStringAsync'
>;

/** Backends of Linux that are a real key ring; `basic_text` is a password that everybody knows. */
const keyRings = new Set(['gnome_libsecret', 'kwallet', 'kwallet5', 'kwallet6']);

/**
 * Electron's `safeStorage` (DPAPI, Keychain, Secret Service, KWallet) as a key ring. Call when the app is ready.
 * `inFile`: the administrator wants secrets in a file, so that programs without this user's key ring can read them.
 */
export async function openKeyRing(
  safeStorage: SafeStoragePart,
  platform: NodeJS.Platform,
  inFile: boolean,
): Promise<KeyRing> {
  const refusal = inFile ? 'the console was started with --secrets-in-file.' : await distrust(safeStorage, platform);
  return {
    ...(refusal === undefined ? {} : { refusal }),
    seal: (text) => safeStorage.encryptStringAsync(text),
    unseal: async (sealed) => {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(sealed);
      return { text: result, renew: shouldReEncrypt };
    },
  };
}

async function distrust(safeStorage: SafeStoragePart, platform: NodeJS.Platform): Promise<string | undefined> {
  try {
    if (!(await safeStorage.isAsyncEncryptionAvailable())) return 'this computer’s key ring is not available.';
    // Only Linux has a choice of backends.
    if (platform === 'linux' && !keyRings.has(safeStorage.getSelectedStorageBackend())) {
      return 'this desktop has no key ring (Secret Service or KWallet).';
    }
    return undefined;
  } catch (error) {
    return `this computer’s key ring failed (${messageOf(error)}).`;
  }
}
