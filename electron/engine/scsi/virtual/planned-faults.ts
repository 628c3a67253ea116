/**
 * Faults of the virtual library. They are planned through the engine's one fault seam (faults/fault-points.ts): the
 * virtual devices pass the sites below, and an `error` effect whose code is a {@link VirtualFault} becomes the SCSI
 * condition that a real device would show.
 */
import {
  armFaults,
  type FaultEffect,
  faultPoint,
  InjectedFault,
  type PlannedFault,
} from '../../faults/fault-points.ts';
import { check, type CheckCondition } from './replies.ts';

export type VirtualFaultSite =
  | 'drive.write'
  | 'drive.read'
  | 'drive.load'
  | 'drive.command'
  | 'changer.move'
  | 'changer.status';

export type VirtualFault =
  /** drive.write, drive.read: this record cannot be written or read. */
  | 'medium-error'
  /** drive.write: warns of the end of the tape from here on. */
  | 'early-warning'
  /** drive.write: the tape ends here; this record and all later ones are refused. */
  | 'end-of-medium'
  /** drive.write: accepted, but it and what was still in the buffer are lost; the next write or flush says so. */
  | 'deferred-write-error'
  /** Any drive site, changer.move: the device was reset. The command is not carried out. */
  | 'unit-attention'
  /** drive.write, drive.read, drive.command: somebody swapped the cartridge. The command is not carried out. */
  | 'cartridge-changed'
  /** Any drive site: not ready for the next few commands, then as before. */
  | 'becoming-ready'
  /** drive.load: the drive cannot load the cartridge, which stays in it, unloaded. */
  | 'load-failed'
  /** Any drive site: the drive no longer answers until it is revived. */
  | 'drive-lost'
  /** Any site: the device fails internally. */
  | 'hardware-error'
  /** changer.move: mechanical error, and no further move before the jam is cleared. After: the move was done. */
  | 'robot-jam'
  /** changer.move: no answer arrives. Before: not done; after: done. */
  | 'no-answer'
  /** changer.status: no barcode is read from this cartridge, this time. */
  | 'no-barcode'
  /** changer.status: the effect's message is read as the barcode, this time. */
  | 'wrong-barcode';

export interface VirtualFaultPlan {
  site: VirtualFaultSite;
  fault: VirtualFault;
  /** `before` where it is not said. */
  when?: 'before' | 'after';
  /** On the nth passage (1-based) that fits; 1 where it is not said. */
  nth?: number;
  /** Only for this cartridge. */
  barcode?: string;
  /** drive.write, drive.read: only at this block. */
  block?: number;
  /** Drive sites: only in this drive (0-based). */
  drive?: number;
  /** wrong-barcode: what is read instead. */
  message?: string;
}

/** How a site says where it is. A planned fault's `target` is any part of it, such as the barcode. */
export function driveTarget(drive: number, barcode: string, block: number): string {
  return `drive=${drive} ${barcode} block=${block};`;
}

export function changerTarget(barcode: string, from: number, to = from): string {
  return `changer ${barcode} from=${from} to=${to};`;
}

/** Arms one fault. `fired()` tells whether it happened; `cancel()` takes it back. */
export function planVirtualFault(plan: VirtualFaultPlan): { fired(): boolean; cancel(): void } {
  const armed = armFaults([toPlannedFault(plan)]);
  return { fired: () => armed.unfired().length === 0, cancel: () => armed.disarm() };
}

function toPlannedFault(plan: VirtualFaultPlan): PlannedFault {
  const { site, fault, when = 'before', nth = 1, barcode, block, drive, message } = plan;
  if (drive !== undefined && block !== undefined && barcode === undefined) {
    throw new Error('A fault at a block of one drive needs the barcode of its cartridge, too.');
  }
  const driveIs = drive === undefined ? '' : `drive=${drive}`;
  const blockIs = block === undefined ? '' : `block=${block};`;
  // With the blanks around it, RV1 is not taken for a part of RV10.
  const target = barcode === undefined ? (driveIs ? `${driveIs} ` : blockIs) : `${driveIs} ${barcode} ${blockIs}`;
  return { site, when, nth, target, effect: { kind: 'error', code: fault, message } };
}

export interface PassedFault {
  fault?: VirtualFault;
  message?: string;
  /** Effects that only the place itself can carry out: delay, short, corrupt. */
  effect?: FaultEffect;
}

/** Passes a site. Codes that are no {@link VirtualFault} count as `hardware-error`. */
export function passFault(site: VirtualFaultSite, when: 'before' | 'after', target: string): PassedFault | undefined {
  try {
    const effect = faultPoint(site, when, target);
    return effect && { effect };
  } catch (error) {
    if (!(error instanceof InjectedFault)) throw error;
    const fault = known.has(error.code) ? (error.code as VirtualFault) : 'hardware-error';
    return { fault, message: error.message };
  }
}

const known: ReadonlySet<string> = new Set<VirtualFault>([
  'medium-error',
  'early-warning',
  'end-of-medium',
  'deferred-write-error',
  'unit-attention',
  'cartridge-changed',
  'becoming-ready',
  'load-failed',
  'drive-lost',
  'hardware-error',
  'robot-jam',
  'no-answer',
  'no-barcode',
  'wrong-barcode',
]);

/** Conditions that need nothing but their sense data. */
export function conditionOf(fault: VirtualFault): CheckCondition {
  switch (fault) {
    case 'unit-attention':
      return check('unitAttention', 0x29, 0x00);
    case 'cartridge-changed':
      return check('unitAttention', 0x28, 0x00);
    case 'becoming-ready':
      return check('notReady', 0x04, 0x01);
    case 'load-failed':
      return check('mediumError', 0x53, 0x00);
    case 'robot-jam':
      return check('hardwareError', 0x15, 0x01);
    default:
      return check('hardwareError', 0x44, 0x00);
  }
}
