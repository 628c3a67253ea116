import { isDeepStrictEqual } from 'node:util';
import { formatUtc } from '../../../shared/domain/format.ts';
import type { UnitOfWork } from '../database/unit-of-work.ts';
import { OperationError } from '../errors.ts';
import type { Clock } from '../faults/clock.ts';
import type { EditedKind, VersionStore } from './version-store.ts';

/** A save of something that was read before. */
export interface Edit {
  kind: EditedKind;
  id: string;
  /** As in “the job “Nightly””. */
  title: string;
  /** What the editor had read. */
  version: number;
  who: string;
  before: object;
  after: object;
}

/** Refuses to save over what somebody else saved meanwhile. */
export class Versions {
  readonly #store: VersionStore;
  readonly #clock: Clock;

  constructor(store: VersionStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  of(kind: EditedKind, id: string): number {
    return this.#store.current(kind, id);
  }

  /**
   * Looks whether the object is still the one that was read, and returns what has to happen in the unit of work that saves
   * it: to look again, and to count the version on. Throws a conflict that says who changed what.
   */
  edit(edit: Edit): (work: UnitOfWork) => void {
    this.#requireCurrent(edit);
    return (work) => {
      this.#requireCurrent(edit);
      const { kind, id, version, who } = edit;
      const fields = changedFields(edit.before, edit.after);
      if (fields.length > 0)
        this.#store.add(work, kind, id, { version: version + 1, at: this.#clock.now(), who, fields });
    };
  }

  #requireCurrent({ kind, id, title, version }: Edit): void {
    if (version === this.#store.current(kind, id)) return;
    const [last, ...before] = this.#store.since(kind, id, version);
    const fields = [...new Set([last, ...before].flatMap((record) => record?.fields ?? []))].map(wordsOf);
    const others = [...new Set(before.map((record) => record.who))].filter((who) => who !== last?.who);
    const by = last ? ` by ${[last.who, ...others].join(' and ')}, last at ${formatUtc(last.at)}` : '';
    const what = fields.length > 0 ? `: ${fields.join(', ')}` : '';
    throw new OperationError(
      `${title} was changed since you opened it${by}${what}. Nothing was saved.`,
      'Open it again, look at what is different, and make your change once more.',
      { kind: 'conflict' },
    );
  }
}

function changedFields(before: object, after: object): string[] {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => !isDeepStrictEqual(old[name], now[name]),
  );
}

/** `incrementPoolId` as `increment pool`. */
function wordsOf(field: string): string {
  return field
    .replace(/Ids?$/, '')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
}
