import { type ScsiTransport, TransportError } from '../transport.ts';

/** A SCSI device of this machine. */
export interface SgDevice {
  /** Its SCSI generic device, by a path that stays the same where there is one. */
  path: string;
  type: 'changer' | 'drive' | 'other';
  vendor: string;
  product: string;
  revision: string;
  serial: string;
  /** Why it cannot be used now, in words. */
  problem: string | null;
}

/** The SCSI devices of this machine, changers and drives first. */
export async function listSgDevices(): Promise<SgDevice[]> {
  return [];
}

/** Opens a SCSI generic device; its commands are called after `role.name`, which may change. */
export async function openSgDevice(path: string, role: { readonly name: string }): Promise<ScsiTransport> {
  throw new TransportError(role.name, `${path} cannot be opened: there is no pass-through on this system.`);
}
