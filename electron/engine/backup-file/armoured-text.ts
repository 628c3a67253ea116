import { armor, Decrypter, Encrypter } from 'age-encryption';
import type { Encryption, Keys } from './restore-point.ts';

/** Encrypts a text into an armoured age file. */
export async function encryptText(text: string, protectWith: Encryption): Promise<string> {
  const encrypter = new Encrypter();
  if (protectWith.passphrase === undefined) {
    for (const recipient of protectWith.recipients ?? []) encrypter.addRecipient(recipient);
  } else {
    encrypter.setPassphrase(protectWith.passphrase);
    if (protectWith.passphraseWorkFactor !== undefined) encrypter.setScryptWorkFactor(protectWith.passphraseWorkFactor);
  }
  return armor.encode(await encrypter.encrypt(text));
}

/** The opposite of {@link encryptText}; `undefined` when no key fits or the text is damaged. */
export async function decryptText(text: string, keys: Keys): Promise<string | undefined> {
  try {
    const decrypter = new Decrypter();
    for (const passphrase of keys.passphrases ?? []) decrypter.addPassphrase(passphrase);
    for (const identity of keys.identities ?? []) decrypter.addIdentity(identity);
    return await decrypter.decrypt(armor.decode(text), 'text');
  } catch {
    return undefined;
  }
}
