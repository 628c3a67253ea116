import { z } from 'zod';
import { objectName } from './common.ts';

/** How a library is reached. Secrets are in none of these: they go in beside them and never come out. */

export const libraryKind = z.enum(['virtual', 'iscsi', 'local']);
export type LibraryKindName = z.infer<typeof libraryKind>;

const iscsiName = z
  .string()
  .trim()
  .regex(
    /^(iqn\.\d{4}-\d{2}\.[a-z0-9.-]+(:\S{1,180})?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{16,32})$/,
    'An iSCSI name looks like iqn.2003-01.com.example:library.',
  );

/** One logical unit behind a portal. */
export const iscsiDevice = z.object({
  target: iscsiName,
  lun: z.number().int().min(0).max(16_383),
});
export type IscsiDevice = z.infer<typeof iscsiDevice>;

const portal = z
  .string()
  .trim()
  .min(1, 'Enter the portal’s address.')
  .max(260)
  .regex(
    /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:([1-9]\d{0,4}))?$/,
    'A portal is a host name or address, with a port if it is not 3260: vtl.example.com or 192.0.2.10:3260.',
  )
  .refine(
    (text) => Number(/:(\d+)$/.exec(text.replace(/^\[.*\]/, ''))?.[1] ?? 3260) <= 65_535,
    'There is no such port.',
  )
  .describe('host or host:port; IPv6 addresses in brackets');

const user = z.string().trim().max(255).default('');

/** How to get in at a portal. */
export const iscsiAccess = z.object({
  portal,
  initiatorName: iscsiName.or(z.literal('')).default('').describe('empty: this installation’s own'),
  chapUser: user.describe('empty: no sign-in'),
  mutualChapUser: user.describe('the name by which the target signs in to us; empty: it does not'),
  headerDigest: z.boolean().default(false).describe('CRC32C over the header of every message'),
  dataDigest: z.boolean().default(false).describe('CRC32C over the data of every message'),
});
export type IscsiAccess = z.infer<typeof iscsiAccess>;

const secret = z
  .string()
  .max(255, 'A secret has at most 255 characters.')
  .describe('left out: the stored one stays')
  .optional();
/** RFC 7143, 12.1.3: secrets of fewer than 96 bits are no protection; longer than 16 characters some targets refuse. */
export const iscsiSecrets = z.object({ chapSecret: secret, mutualChapSecret: secret });
export type IscsiSecrets = z.infer<typeof iscsiSecrets>;

const mostDrives = 64;
export const virtualConnection = z.object({ kind: z.literal('virtual'), path: z.string() });
export const iscsiConnection = iscsiAccess.extend({
  kind: z.literal('iscsi'),
  changer: iscsiDevice,
  drives: z.array(iscsiDevice).min(1, 'Choose at least one drive.').max(mostDrives),
});

const devicePath = z
  .string()
  .trim()
  .regex(/^\/dev\/[\w./-]+$/, 'A device is a path such as /dev/sg3.')
  .max(200);
export const localConnection = z.object({
  kind: z.literal('local'),
  changer: devicePath.describe('the SCSI generic device of the changer, such as /dev/sg3 or a stable link to it'),
  drives: z.array(devicePath).min(1, 'Choose at least one drive.').max(mostDrives),
});

export const libraryConnection = z.discriminatedUnion('kind', [virtualConnection, iscsiConnection, localConnection]);
export type LibraryConnection = z.infer<typeof libraryConnection>;

/** A library that already exists somewhere and is attached; virtual ones are made, see `virtualLibrarySettings`. */
export const attachedConnection = z.discriminatedUnion('kind', [iscsiConnection, localConnection]);
export type AttachedConnection = z.infer<typeof attachedConnection>;
export const attachedLibrarySettings = z.object({
  name: objectName,
  connection: attachedConnection,
  secrets: iscsiSecrets.default({}),
});
export type AttachedLibrarySettings = z.infer<typeof attachedLibrarySettings>;

/** A device found at a portal or on this machine. */
export const foundDevice = z.object({
  device: z.string().describe('target and logical unit, or the device’s path'),
  target: z.string().nullable(),
  lun: z.number().int().nullable(),
  path: z.string().nullable(),
  type: z.enum(['changer', 'drive', 'other']),
  vendor: z.string(),
  product: z.string(),
  revision: z.string(),
  serial: z.string(),
  usedBy: z.string().nullable().describe('the library here that has it already'),
  problem: z.string().nullable(),
});
export type FoundDevice = z.infer<typeof foundDevice>;

/** What a test of a connection found; nothing is stored. */
export const libraryTest = z.object({
  vendor: z.string(),
  product: z.string(),
  serial: z.string(),
  slotCount: z.number().int(),
  importExportCount: z.number().int(),
  driveCount: z.number().int().describe('drives the library has, whether we reach them or not'),
  cartridgeCount: z.number().int(),
  drives: z.array(
    z.object({
      name: z.string().describe('Drive 1'),
      device: z.string(),
      vendor: z.string(),
      product: z.string(),
      serial: z.string(),
      problem: z.string().nullable(),
    }),
  ),
  notes: z.array(z.string()).describe('what works but deserves a look'),
});
export type LibraryTest = z.infer<typeof libraryTest>;
