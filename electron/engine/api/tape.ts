import { messageOf } from '../../../shared/domain/message-of.ts';
import { formatCount } from '../../../shared/domain/format.ts';
import type { LibraryTest } from '../../../shared/contract/library-kinds.ts';
import type { ElementRow, LibraryRow } from '../../../shared/contract/tape.ts';
import { pageOf } from '../database/paging.ts';
import { OperationError } from '../errors.ts';
import type { AttachedLibrary } from '../tape/library/attached-library.ts';
import type { LibraryDevice } from '../tape/library-kinds/library-device.ts';
import { deviceText, usedIscsi } from '../tape/library-kinds/iscsi-access.ts';
import { discoverIscsi } from '../tape/library-kinds/iscsi-discovery.ts';
import { listSgDevices } from '../tape/library-kinds/local.ts';
import { elementNames } from '../tape/library-kinds/element-names.ts';
import { os } from './implement.ts';
import { ok, responder } from './respond.ts';
import type { Services } from './services.ts';

export const tapeApi = (services: Services) => {
  const respond = responder(services.commits);
  const { tape, audit, clock, changes, versions } = services;

  const row = (library: AttachedLibrary): LibraryRow => {
    const count = (type: string): number => library.elements.filter((element) => element.type === type).length;
    const { id, name, connection, vendor, product, serial, location } = library.record;
    return {
      id,
      version: versions.of('library', id),
      name,
      kind: connection.kind,
      vendor,
      product,
      serial,
      location,
      state: library.online ? 'online' : 'offline',
      stateText: library.offlineReason ?? library.alert,
      driveCount: library.driveAddresses.length,
      slotCount: count('slot'),
      importExportCount: count('import-export'),
      mediaCount: tape.store.media.countIn(library.id),
    };
  };

  const elements = (library: AttachedLibrary): ElementRow[] => {
    const views = tape.facts.views(tape.store.media.inLibrary(library.id), clock.now());
    const byAddress = new Map(views.map((view) => [view.medium.elementAddress, view]));
    return library.elements.map((element) => {
      const view = element.full ? byAddress.get(element.address) : undefined;
      return {
        address: element.address,
        type: element.type,
        name: library.elementName(element.address),
        full: element.full,
        accessible: element.accessible,
        barcode: element.barcode ?? null,
        mediaId: view?.medium.id ?? null,
        poolName: view?.pool?.name ?? null,
        mediaState: view?.state ?? null,
        problem: element.exception ?? (element.type === 'drive' ? driveTrouble(library, element.address) : null),
        busyWith: element.type === 'drive' ? tape.leases.userOf(library.id, element.address) : null,
      };
    });
  };

  /** Mail slots of virtual libraries are filled and emptied through here instead of by hand. */
  const operatorOf = (id: string) => {
    const library = tape.libraries.get(id);
    if (!library.operator) {
      throw new OperationError(
        library.online ? `${library.name} is not a virtual library.` : `${library.name} is offline.`,
        library.online ? 'Put the tape in by hand, then import it.' : (library.offlineReason ?? null),
        { kind: library.online ? 'conflict' : 'unavailable' },
      );
    }
    return { library, operator: library.operator };
  };

  return {
    libraries: os.tape.libraries.handler(({ input }) =>
      respond(() => pageOf(tape.libraries.all().map(row), input, ['name', 'vendor', 'product', 'serial', 'location'])),
    ),
    library: os.tape.library.handler(({ input }) =>
      respond(() => {
        const library = tape.libraries.get(input.id);
        const stored = tape.store.libraries.secrets(library.id);
        return {
          ...row(library),
          elements: elements(library),
          connection: library.record.connection,
          storedSecrets: (['chapSecret', 'mutualChapSecret'] as const).filter((name) => stored[name]),
        };
      }),
    ),
    addVirtual: os.tape.addVirtual.handler(({ input, context }) =>
      respond(async () => {
        const { slots, cartridges } = input.settings;
        if (cartridges > slots) {
          throw new OperationError(
            `${formatCount(cartridges, 'cartridge')} do not fit into ${formatCount(slots, 'slot')}.`,
            'Ask for more slots.',
            {
              kind: 'invalid',
              field: 'settings.cartridges',
            },
          );
        }
        const { id } = await tape.libraries.addVirtual(input.settings);
        audit(context.who, 'library.add', input.settings.name);
        return { id, sessionId: tape.startInventory({ libraryId: id, readLabels: true }, context.who) };
      }),
    ),
    discoverIscsi: os.tape.discoverIscsi.handler(({ input, signal }) =>
      respond(() =>
        onField('access.', '', async () => {
          const access = tape.libraries.completed({ kind: 'iscsi', ...input.access, changer: nowhere, drives: [] });
          const secrets = tape.libraries.secretsFor(input.libraryId, input.secrets);
          const found = await discoverIscsi(access, { secrets, targets: input.targets, signal });
          const users = tape.libraries.devicesInUse(input.libraryId);
          return {
            initiatorName: access.initiatorName,
            targets: found.targets,
            devices: found.devices.map((device) => ({
              ...device,
              device: deviceText(device),
              path: null,
              usedBy: users.get(usedIscsi(access.portal, device)) ?? null,
            })),
          };
        }),
      ),
    ),
    scanLocal: os.tape.scanLocal.handler(() =>
      respond(async () => {
        const users = tape.libraries.devicesInUse();
        const devices = await listSgDevices();
        return {
          devices: devices.map((device) => ({
            ...device,
            device: device.path,
            target: null,
            lun: null,
            usedBy: users.get(device.path) ?? null,
          })),
        };
      }),
    ),
    test: os.tape.test.handler(({ input, signal }) =>
      respond(() =>
        onField('connection.', '', () => {
          const secrets = tape.libraries.secretsFor(input.libraryId, input.secrets);
          const name = input.libraryId === undefined ? 'Library' : tape.libraries.get(input.libraryId).name;
          return tape.libraries.trial({ name, connection: input.connection, secrets }, examine, signal);
        }),
      ),
    ),
    attach: os.tape.attach.handler(({ input, context }) =>
      respond(() =>
        onField('settings.connection.', 'settings.', async () => {
          const id = await tape.libraries.attach(input.settings);
          audit(context.who, 'library.add', input.settings.name);
          return { id, sessionId: tape.startInventory({ libraryId: id, readLabels: true }, context.who) };
        }),
      ),
    ),
    update: os.tape.update.handler(({ input, context }) =>
      respond(() =>
        onField('connection.', '', async () => {
          const { id, version, ...change } = input;
          const { name, connection } = tape.libraries.get(id).record;
          const before = { name, connection };
          const given = change.connection ? tape.libraries.completed(change.connection) : connection;
          const secret = Object.values(change.secrets).some((one) => one !== undefined);
          const after = { name: change.name, connection: given, ...(secret ? { secrets: 'given anew' } : {}) };
          const title = `The library ${name}`;
          const also = versions.edit({ kind: 'library', id, title, version, who: context.who, before, after });
          await tape.libraries.update(id, change, also);
          audit(context.who, 'library.update', input.name);
          return ok;
        }),
      ),
    ),
    rescan: os.tape.rescan.handler(({ input, context }) =>
      respond(async () => {
        await tape.libraries.rescan(input.id);
        audit(context.who, 'library.rescan', tape.libraries.get(input.id).name);
        return ok;
      }),
    ),
    remove: os.tape.remove.handler(({ input, context }) =>
      respond(async () => {
        const removed = await tape.libraries.remove(input.id);
        audit(context.who, 'library.remove', removed.name);
        return ok;
      }),
    ),
    inventory: os.tape.inventory.handler(({ input, context }) =>
      respond(() => ({
        sessionId: tape.startInventory(
          { libraryId: input.id, mediaIds: input.mediaIds, readLabels: input.readLabels },
          context.who,
        ),
      })),
    ),
    catalog: os.tape.catalog.handler(({ input, context }) =>
      respond(() => ({
        sessionId: tape.startCatalog({ libraryId: input.id, mediaIds: input.mediaIds }, context.who),
      })),
    ),
    moveMedium: os.tape.moveMedium.handler(({ input, context }) =>
      respond(() => ({
        sessionId: tape.startMove({ libraryId: input.id, from: input.from, to: input.to }, context.who),
      })),
    ),
    insertCartridge: os.tape.insertCartridge.handler(({ input, context }) =>
      respond(async () => {
        const { library, operator } = operatorOf(input.id);
        await refusing(() => operator.insert(input.barcode, input.capacityBytes));
        await tape.libraries.refresh(input.id);
        audit(context.who, 'library.insert', `${input.barcode} into ${library.name}`);
        changes.publish('libraries', 'media');
        return ok;
      }),
    ),
    takeOutCartridge: os.tape.takeOutCartridge.handler(({ input, context }) =>
      respond(async () => {
        const { library, operator } = operatorOf(input.id);
        const barcode = library.element(input.address)?.barcode ?? 'a cartridge';
        await refusing(() => operator.takeOut(input.address));
        await tape.libraries.refresh(input.id);
        audit(context.who, 'library.take-out', `${barcode} from ${library.name}`);
        changes.publish('libraries', 'media');
        return ok;
      }),
    ),
  };
};

const driveTrouble = (library: AttachedLibrary, address: number): string | null =>
  library.driveProblem(address) ?? library.driveAlert(address);

const nowhere = { target: '', lun: 0 };

/** What a trial of a library tells about it. */
async function examine(device: LibraryDevice): Promise<LibraryTest> {
  const elements = await device.changer.elementStatus();
  const count = (type: string): number => elements.filter((element) => element.type === type).length;
  const names = elementNames(elements);
  const drives = (device.configuredDrives ?? []).map(({ address, ...drive }) => ({
    name: address === null ? 'Drive' : (names.get(address) ?? 'Drive'),
    ...drive,
  }));
  return {
    vendor: device.vendor,
    product: device.product,
    serial: device.serial,
    slotCount: count('slot'),
    importExportCount: count('import-export'),
    driveCount: count('drive'),
    cartridgeCount: elements.filter((element) => element.full).length,
    drives,
    notes: [...(device.notes ?? [])],
  };
}

/** Errors name fields of a connection or of secrets; a call's input has them elsewhere. */
async function onField<T>(connectionAt: string, restAt: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof OperationError) || error.field === null) throw error;
    const own = error.field.replace(/^settings\./, '');
    const field = own.startsWith('connection.') ? connectionAt + own.slice('connection.'.length) : restAt + own;
    throw new OperationError(error.message, error.advice, { kind: error.kind, field, cause: error });
  }
}

/** What the virtual library refuses is a conflict with the state it is in, not a fault of the engine. */
async function refusing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(messageOf(error), null, { cause: error });
  }
}
