import { formatCount } from '../../../shared/domain/format.ts';
import type { ElementRow, LibraryRow } from '../../../shared/contract/tape.ts';
import { pageOf } from '../database/page-query.ts';
import { OperationError } from '../sessions/running-session.ts';
import type { AttachedLibrary } from '../tape/attached-library.ts';
import { os } from './implement.ts';
import { ok, respond } from './respond.ts';
import type { Services } from './services.ts';

export const tapeApi = (services: Services) => {
  const { tape, audit, clock, changes } = services;

  const row = (library: AttachedLibrary): LibraryRow => {
    const count = (type: string): number => library.elements.filter((element) => element.type === type).length;
    const { id, name, kind, vendor, product, serial, path } = library.record;
    return {
      id,
      name,
      kind,
      vendor,
      product,
      serial,
      path,
      state: library.online ? 'online' : 'offline',
      stateText: library.offlineReason,
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
        problem: element.exception ?? null,
        busyWith: element.type === 'drive' ? tape.leases.userOf(library.id, element.address) : null,
      };
    });
  };

  /** Mail slots of virtual libraries are filled and emptied through here instead of by hand. */
  const operator = (id: string) => {
    const library = tape.libraries.get(id);
    if (!library.operator) {
      throw new OperationError(
        library.online ? `${library.name} is not a virtual library.` : `${library.name} is offline.`,
        library.online ? 'Put the tape in by hand, then import it.' : (library.offlineReason ?? null),
        { kind: library.online ? 'conflict' : 'unavailable' },
      );
    }
    return { library, hands: library.operator };
  };

  return {
    libraries: os.tape.libraries.handler(({ input }) =>
      respond(() => pageOf(tape.libraries.all().map(row), input, ['name', 'vendor', 'product', 'serial', 'path'])),
    ),
    library: os.tape.library.handler(({ input }) =>
      respond(() => {
        const library = tape.libraries.get(input.id);
        return { ...row(library), elements: elements(library) };
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
        const { library, hands } = operator(input.id);
        await refusing(() => hands.insert(input.barcode, input.capacityBytes));
        await tape.libraries.refresh(input.id);
        audit(context.who, 'library.insert', `${input.barcode} into ${library.name}`);
        changes.publish('libraries', 'media');
        return ok;
      }),
    ),
    takeOutCartridge: os.tape.takeOutCartridge.handler(({ input, context }) =>
      respond(async () => {
        const { library, hands } = operator(input.id);
        const barcode = library.element(input.address)?.barcode ?? 'a cartridge';
        await refusing(() => hands.takeOut(input.address));
        await tape.libraries.refresh(input.id);
        audit(context.who, 'library.take-out', `${barcode} from ${library.name}`);
        changes.publish('libraries', 'media');
        return ok;
      }),
    ),
  };
};

/** What the virtual library refuses is a conflict with the state it is in, not a fault of the engine. */
async function refusing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(error instanceof Error ? error.message : String(error), null, { cause: error });
  }
}
