import { formatCount } from '../../../../shared/domain/format.ts';
import type { UnitOfWork } from '../../database/unit-of-work.ts';
import { OperationError } from '../../errors.ts';
import type { MediaFactsReader } from './media-facts.ts';
import type { MediumRecord } from '../store/tape-records.ts';
import type { TapeContext } from '../library/tape-context.ts';

/** What can be done with tapes without moving them. */
export class MediaService {
  readonly #parts: TapeContext;
  readonly #facts: MediaFactsReader;

  constructor(parts: TapeContext, facts: MediaFactsReader) {
    this.#parts = parts;
    this.#facts = facts;
  }

  get(id: string): MediumRecord {
    const medium = this.#parts.store.media.get(id);
    if (!medium) throw new OperationError('There is no such tape.', 'It may have been removed.', { kind: 'not-found' });
    return medium;
  }

  /** A protected tape is neither written nor erased, whatever retention says. */
  setProtected(mediaIds: string[], on: boolean, who: string): void {
    const { store } = this.#parts;
    const media = mediaIds.map((id) => this.get(id));
    for (const medium of media) {
      if (on && medium.cleaning) throw new OperationError(`${medium.name} is a cleaning cartridge.`, 'Leave it out.');
    }
    store.later((work) => {
      for (const medium of media) store.media.update(work, medium.id, { protectedByAdmin: on });
    });
    this.#parts.audit(who, on ? 'media.protect' : 'media.unprotect', media.map((medium) => medium.name).join(', '));
    this.#parts.changes.publish('media', 'pools');
  }

  /** `also` happens in the same unit of work, before. */
  setName(id: string, name: string, who: string, also: (work: UnitOfWork) => void): void {
    const medium = this.get(id);
    const { store } = this.#parts;
    store.later((work) => {
      also(work);
      store.media.update(work, id, { name });
    });
    this.#parts.audit(who, 'media.rename', `${medium.name} → ${name}`);
    this.#parts.changes.publish('media');
  }

  /** Removes offline tapes and what is catalogued of them from the database. The tapes themselves stay as they are. */
  forget(mediaIds: string[], confirm: string, who: string): void {
    const { store } = this.#parts;
    const media = mediaIds.map((id) => this.get(id));
    for (const medium of media) {
      if (medium.libraryId !== null) {
        throw new OperationError(
          `Tape ${medium.name} is in a library: ${this.#facts.where(medium)}.`,
          'Take it out first: a tape in a library would be found again at once.',
        );
      }
      if (medium.protectedByAdmin) {
        throw new OperationError(`Tape ${medium.name} is protected.`, 'Remove the protection first.');
      }
    }
    const [only] = media;
    const wanted = media.length === 1 ? only?.barcode || only?.name : 'FORGET';
    if (confirm !== wanted) {
      const points = media.reduce(
        (sum, medium) => sum + (medium.tapeUuid === null ? 0 : store.catalogue.countOnTape(medium.tapeUuid)),
        0,
      );
      throw new OperationError(
        `This removes ${media.length === 1 ? `tape ${only?.name}` : `${media.length} tapes`} with ${formatCount(points, 'restore point')} from the database; the tapes keep their data.`,
        `Type ${wanted} to confirm.`,
        { kind: 'confirm', field: 'confirm' },
      );
    }
    store.later((work) => {
      for (const medium of media) {
        if (medium.tapeUuid !== null) store.catalogue.removeTape(work, medium.tapeUuid);
        for (const stored of store.intents.of(medium.id)) store.intents.settle(work, stored.id);
        store.media.remove(work, medium.id);
      }
      store.pools.removeEmptySets(work);
    });
    this.#parts.audit(who, 'media.forget', media.map((medium) => medium.name).join(', '));
    this.#parts.changes.publish('media', 'pools', 'backups');
  }
}
