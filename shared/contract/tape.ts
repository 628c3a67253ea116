import { z } from 'zod';
import {
  byId,
  call,
  done,
  id,
  listQuery,
  objectName,
  page,
  schedule,
  sizeBytes,
  started,
  timeMs,
  version,
} from './common.ts';
import {
  attachedConnection,
  attachedLibrarySettings,
  foundDevice,
  iscsiAccess,
  iscsiSecrets,
  libraryConnection,
  libraryKind,
  libraryTest,
} from './library-kinds.ts';

const barcode = z
  .string()
  .trim()
  .regex(/^[A-Z0-9]{1,32}$/, 'A barcode has 1 to 32 capital letters and digits.');

export const elementRow = z.object({
  address: z.number().int(),
  type: z.enum(['transport', 'slot', 'import-export', 'drive']),
  name: z.string().describe('Slot 3, Drive 1, Mail slot 1, Robot'),
  full: z.boolean(),
  accessible: z.boolean(),
  barcode: z.string().nullable(),
  mediaId: id.nullable(),
  poolName: z.string().nullable(),
  mediaState: z.string().nullable(),
  problem: z.string().nullable(),
  busyWith: z.string().nullable().describe('the session that uses this drive'),
});
export type ElementRow = z.infer<typeof elementRow>;

export const libraryRow = z.object({
  id,
  version,
  name: z.string(),
  kind: libraryKind,
  vendor: z.string(),
  product: z.string(),
  serial: z.string(),
  location: z.string().describe('its folder, portal and target, or device'),
  state: z.enum(['online', 'offline']),
  stateText: z.string().nullable(),
  driveCount: z.number().int(),
  slotCount: z.number().int(),
  importExportCount: z.number().int(),
  mediaCount: z.number().int(),
});
export type LibraryRow = z.infer<typeof libraryRow>;

export const virtualLibrarySettings = z.object({
  name: objectName,
  path: z.string().min(1, 'Enter a folder.').max(4096).describe('a new or empty folder, or one that holds a library'),
  drives: z.number().int().min(1).max(32).default(2),
  slots: z.number().int().min(1).max(10_000).default(12),
  importExportSlots: z.number().int().min(0).max(255).default(2),
  cartridges: z.number().int().min(0).max(10_000).default(10),
  cartridgeCapacityBytes: z
    .number()
    .int()
    .min(8 * 2 ** 20, 'A cartridge holds at least 8 MiB.')
    .max(2 ** 46)
    .default(8 * 2 ** 30),
  barcodePrefix: z
    .string()
    .regex(/^[A-Z0-9]{1,6}$/, 'One to six capital letters and digits.')
    .default('RV'),
});
export type VirtualLibrarySettings = z.infer<typeof virtualLibrarySettings>;

export const tape = {
  libraries: call('view')
    .route({ method: 'GET', path: '/libraries', summary: 'List tape libraries' })
    .input(listQuery)
    .output(page(libraryRow)),
  library: call('view')
    .route({ method: 'GET', path: '/libraries/{id}', summary: 'One library with every slot and drive' })
    .input(byId)
    .output(
      libraryRow.extend({
        elements: z.array(elementRow),
        connection: libraryConnection,
        storedSecrets: z.array(z.enum(['chapSecret', 'mutualChapSecret'])),
      }),
    ),
  addVirtual: call('configure')
    .route({ method: 'POST', path: '/libraries/virtual', summary: 'Create or attach a virtual library' })
    .input(z.object({ settings: virtualLibrarySettings }))
    .output(z.object({ id, sessionId: id.nullable() })),
  discoverIscsi: call('configure')
    .route({ method: 'POST', path: '/libraries/discover-iscsi', summary: 'List changers and drives behind a portal' })
    .input(
      z.object({
        access: iscsiAccess,
        secrets: iscsiSecrets.default({}),
        libraryId: id.optional().describe('secrets left out are those stored for this library'),
        targets: z.array(z.string().max(250)).max(256).default([]).describe('only these; empty: all the portal tells'),
      }),
    )
    .output(
      z.object({
        initiatorName: z.string().describe('what the portal’s access list has to name'),
        targets: z.array(z.object({ name: z.string(), problem: z.string().nullable() })),
        devices: z.array(foundDevice),
      }),
    ),
  scanLocal: call('configure')
    .route({
      method: 'GET',
      path: '/libraries/scan-local',
      summary: 'List changers and drives attached to this machine',
    })
    .input(z.object({}))
    .output(z.object({ devices: z.array(foundDevice) })),
  test: call('configure')
    .route({ method: 'POST', path: '/libraries/test', summary: 'Try a connection without storing it; moves no tape' })
    .input(z.object({ connection: attachedConnection, secrets: iscsiSecrets.default({}), libraryId: id.optional() }))
    .output(libraryTest),
  attach: call('configure')
    .route({ method: 'POST', path: '/libraries', summary: 'Attach a library over iSCSI or at this machine' })
    .input(z.object({ settings: attachedLibrarySettings }))
    .output(z.object({ id, sessionId: id.nullable() })),
  update: call('configure')
    .route({ method: 'PUT', path: '/libraries/{id}', summary: 'Change a library’s name and how it is reached' })
    .input(
      z.object({
        id,
        version,
        name: objectName,
        connection: attachedConnection.optional().describe('left out: as it is; a virtual library stays where it is'),
        secrets: iscsiSecrets.default({}),
      }),
    )
    .output(done),
  rescan: call('operate-tape')
    .route({ method: 'POST', path: '/libraries/{id}/rescan', summary: 'Connect anew and read every slot and drive' })
    .input(byId)
    .output(done),
  remove: call('configure')
    .route({ method: 'DELETE', path: '/libraries/{id}', summary: 'Remove from configuration; tapes stay as they are' })
    .input(byId)
    .output(done),
  inventory: call('operate-tape')
    .route({ method: 'POST', path: '/libraries/{id}/inventory', summary: 'Read barcodes, and labels of unknown tapes' })
    .input(z.object({ id, mediaIds: z.array(id).optional(), readLabels: z.boolean().default(true) }))
    .output(started),
  catalog: call('operate-tape')
    .route({ method: 'POST', path: '/libraries/{id}/catalog', summary: 'Read the catalogues on tapes' })
    .input(z.object({ id, mediaIds: z.array(id).optional().describe('absent: every tape not catalogued yet') }))
    .output(started),
  moveMedium: call('operate-tape')
    .route({ method: 'POST', path: '/libraries/{id}/move', summary: 'Move a cartridge between elements' })
    .input(z.object({ id, from: z.number().int(), to: z.number().int() }))
    .output(started),
  /** Virtual libraries only: what an operator does at a real one by hand. */
  insertCartridge: call('operate-tape')
    .route({
      method: 'POST',
      path: '/libraries/{id}/insert',
      summary: 'Put a new or shelved cartridge into a mail slot',
    })
    .input(z.object({ id, barcode, capacityBytes: sizeBytes.optional() }))
    .output(done),
  takeOutCartridge: call('operate-tape')
    .route({ method: 'POST', path: '/libraries/{id}/take-out', summary: 'Take a cartridge out of a mail slot' })
    .input(z.object({ id, address: z.number().int() }))
    .output(done),
};

export const mediaState = z.enum([
  'unknown',
  'foreign',
  'blank',
  'free',
  'empty',
  'open',
  'closed',
  'expired',
  'in-use',
  'suspect',
  'damaged',
  'retired',
  'cleaning',
]);

export const mediaRow = z.object({
  id,
  version,
  barcode: z.string(),
  name: z.string(),
  state: mediaState,
  stateReason: z.string(),
  poolId: id,
  poolName: z.string(),
  setName: z.string().nullable(),
  sequence: z.number().int().nullable(),
  libraryId: id.nullable(),
  where: z.string(),
  online: z.boolean(),
  elementAddress: z.number().int().nullable(),
  capacityBytes: sizeBytes.nullable(),
  usedBytes: sizeBytes,
  freeBytes: sizeBytes.nullable(),
  writeProtected: z.boolean(),
  protectedByAdmin: z.boolean(),
  lastWrittenAt: timeMs.nullable(),
  expiresAt: timeMs.nullable(),
  catalogued: z.boolean(),
  pointCount: z.number().int(),
});
export type MediaRow = z.infer<typeof mediaRow>;

export const media = {
  list: call('view')
    .route({ method: 'GET', path: '/media', summary: 'List tapes' })
    .input(listQuery.extend({ poolId: id.optional(), libraryId: id.optional(), online: z.boolean().optional() }))
    .output(page(mediaRow)),
  get: call('view')
    .route({ method: 'GET', path: '/media/{id}', summary: 'One tape with what is on it' })
    .input(byId)
    .output(
      mediaRow.extend({
        points: z.array(
          z.object({ pointId: id, machineName: z.string(), createdAt: timeMs, kind: z.string(), sizeBytes }),
        ),
        setMembers: z.array(z.object({ mediaId: id, barcode: z.string(), sequence: z.number().int() })),
      }),
    ),
  /** Every tape with the reason why a pool would or would not write it next. */
  candidates: call('view')
    .route({ method: 'GET', path: '/pools/{poolId}/candidates', summary: 'Which tape next, and why not the others' })
    .input(z.object({ poolId: id }))
    .output(
      z.object({
        decision: z.string(),
        candidates: z.array(
          z.object({
            mediaId: id,
            barcode: z.string(),
            usable: z.boolean(),
            rank: z.number().nullable(),
            reason: z.string(),
          }),
        ),
      }),
    ),
  /** What each media pool of your own says of one tape. */
  standing: call('view')
    .route({
      method: 'GET',
      path: '/media/{id}/standing',
      summary: 'Whether pools would write this tape next, or why not',
    })
    .input(byId)
    .output(
      z.array(
        z.object({
          poolId: id,
          poolName: z.string(),
          usable: z.boolean(),
          rank: z.number().nullable(),
          reason: z.string(),
          nextTape: z.string().describe('what the pool would write instead, or that nothing is there'),
        }),
      ),
    ),
  moveToPool: call('operate-tape')
    .route({ method: 'POST', path: '/media/move-to-pool', summary: 'Move tapes to a media pool' })
    .input(z.object({ mediaIds: z.array(id).min(1).max(1000), poolId: id }))
    .output(done),
  setProtected: call('operate-tape')
    .route({
      method: 'POST',
      path: '/media/protect',
      summary: 'Protect tapes from being overwritten, or stop doing so',
    })
    .input(z.object({ mediaIds: z.array(id).min(1).max(1000), protected: z.boolean() }))
    .output(done),
  setName: call('operate-tape')
    .route({ method: 'POST', path: '/media/{id}/name', summary: 'Set or change name' })
    .input(z.object({ id, version, name: objectName }))
    .output(done),
  erase: call('configure')
    .route({ method: 'POST', path: '/media/erase', summary: 'Erase tapes: what is on them is lost' })
    .input(
      z.object({
        mediaIds: z.array(id).min(1).max(100),
        confirm: z.string().describe('the barcode of the tape, or ERASE for several, typed'),
        long: z.boolean().default(false),
      }),
    )
    .output(started),
  export: call('operate-tape')
    .route({ method: 'POST', path: '/media/export', summary: 'Move tapes to the mail slots' })
    .input(z.object({ mediaIds: z.array(id).min(1).max(255) }))
    .output(started),
  import: call('operate-tape')
    .route({ method: 'POST', path: '/media/import', summary: 'Take tapes from the mail slots into the library' })
    .input(z.object({ libraryId: id }))
    .output(started),
  forget: call('configure')
    .route({
      method: 'POST',
      path: '/media/forget',
      summary: 'Remove an offline tape and its catalogue from the database',
    })
    .input(z.object({ mediaIds: z.array(id).min(1).max(1000), confirm: z.string() }))
    .output(done),
};

export const poolSettings = z.object({
  name: objectName,
  description: z.string().max(1000).default(''),
  allocation: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('continue') }),
      z.object({ kind: z.literal('session') }),
      z.object({ kind: z.literal('schedule'), schedule }),
    ])
    .default({ kind: 'session' })
    .describe('when a new media set begins'),
  retention: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('forever') }),
      z.object({ kind: z.literal('for'), days: z.number().int().min(1).max(36_500) }),
      z.object({ kind: z.literal('overwrite') }),
    ])
    .default({ kind: 'for', days: 90 })
    .describe('how long data on a set is protected after its last write'),
  libraryIds: z.array(id).max(100).default([]).describe('preferred first; empty: any'),
  replenishFromFree: z.boolean().default(true),
  takeBlank: z.boolean().default(true),
  maxDrives: z.number().int().min(1).max(64).default(1),
  mediaIds: z.array(id).max(10_000).default([]).describe('tapes put into the pool when it is made'),
});
export type PoolSettings = z.infer<typeof poolSettings>;

export const poolKind = z.enum(['free', 'unrecognized', 'imported', 'retired', 'custom']);

export const poolRow = z.object({
  id,
  version,
  name: z.string(),
  description: z.string(),
  kind: poolKind,
  mediaCount: z.number().int(),
  onlineCount: z.number().int(),
  usedBytes: sizeBytes,
  freeBytes: sizeBytes,
  allocationText: z.string(),
  retentionText: z.string(),
  nextTape: z.string().nullable(),
});
export type PoolRow = z.infer<typeof poolRow>;

export const pools = {
  list: call('view')
    .route({ method: 'GET', path: '/pools', summary: 'List media pools' })
    .input(listQuery)
    .output(page(poolRow)),
  get: call('view')
    .route({ method: 'GET', path: '/pools/{id}', summary: 'One media pool' })
    .input(byId)
    .output(poolRow.extend({ settings: poolSettings.nullable().describe('null for the four service pools') })),
  create: call('configure')
    .route({ method: 'POST', path: '/pools', summary: 'Create a media pool' })
    .input(z.object({ settings: poolSettings }))
    .output(z.object({ id })),
  update: call('configure')
    .route({ method: 'PUT', path: '/pools/{id}', summary: 'Change a media pool' })
    .input(z.object({ id, version, settings: poolSettings }))
    .output(done),
  remove: call('configure')
    .route({ method: 'DELETE', path: '/pools/{id}', summary: 'Remove an empty media pool' })
    .input(byId)
    .output(done),
};
