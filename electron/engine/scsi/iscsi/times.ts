import { commandLimitMs, type TimeoutClass } from '../transport.ts';

/** How long an initiator waits, in milliseconds. */
export interface IscsiTimes {
  /** For a connection, and for each answer in a login. */
  loginMs: number;
  /** How long a lost session is retried before the command that needs it fails. */
  reconnectMs: number;
  /** Silence after which the target is asked whether it is there. */
  pingAfterMs: number;
  /** ... and how long it may take to say so. */
  pingLimitMs: number;
  /** For the answer to a task management function, and to a logout. */
  taskManagementMs: number;
  /** A cancelled transfer may end by itself for so long before it is aborted. */
  cancelGraceMs: number;
  command: Readonly<Record<TimeoutClass, number>>;
}

export const iscsiTimes: IscsiTimes = {
  loginMs: 10_000,
  reconnectMs: 20_000,
  pingAfterMs: 10_000,
  pingLimitMs: 20_000,
  taskManagementMs: 5_000,
  cancelGraceMs: 1_000,
  command: commandLimitMs,
};
