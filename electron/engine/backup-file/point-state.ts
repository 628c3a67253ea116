import { groupOf, type PageLocation, PageRows, placed, type PlacedObject, type StoredObject } from './group-page.ts';
import type { ObjectInfo } from './restore-point.ts';
import {
  contentDigest,
  digestBytes,
  sectionBytes,
  sectionCount,
  sectionsOfPage,
  sumOf,
  zeroSection,
} from './state-digest.ts';
import { blocksPerPage } from './block-table.ts';

/**
 * The state of a point while it is put together: what an older point had, and page by page what it has now. Sections that no
 * page was given for are those of the base, or zeros.
 */
export class PointState {
  readonly #objects: readonly ObjectInfo[];
  readonly #blockSizeBytes: number;
  readonly #sections: Buffer[];

  constructor(
    objects: readonly ObjectInfo[],
    blockSizeBytes: number,
    base?: (objectId: string) => Pick<StoredObject, 'sizeBytes' | 'sections'> | undefined,
  ) {
    this.#objects = objects;
    this.#blockSizeBytes = blockSizeBytes;
    this.#sections = objects.map((object) => initialSections(object.sizeBytes, blockSizeBytes, base?.(object.id)));
  }

  /** Takes the digests of all blocks of a page, zeros included, as in {@link sectionsOfPage}. */
  setPage(objectIndex: number, pageNumber: number, digests: Uint8Array, rows: number): void {
    const sections = sectionsOfPage(digests, rows, this.#blockSizeBytes);
    this.#sections[objectIndex]?.set(sections, firstSectionOf(pageNumber, this.#blockSizeBytes) * digestBytes);
  }

  /** The objects as they stand now, sorted by place. `pagesOf`: the pages that the file holds of each. */
  objects(pagesOf: (objectIndex: number) => readonly PageLocation[]): PlacedObject[] {
    return this.#objects
      .map((object, index) => {
        const sections = this.#sections[index] as Buffer;
        const { id, name, kind, sizeBytes } = object;
        const pages = PageRows.from(pagesOf(index));
        return placed({ id, name, kind, sizeBytes, content: contentDigest(sections), sections, pages });
      })
      .sort((a, b) => Buffer.compare(a.place, b.place));
  }
}

/** Number of the first section that a page covers. */
export function firstSectionOf(pageNumber: number, blockSizeBytes: number): number {
  return (pageNumber * blocksPerPage * blockSizeBytes) / sectionBytes;
}

function initialSections(
  sizeBytes: number,
  blockSizeBytes: number,
  base: Pick<StoredObject, 'sizeBytes' | 'sections'> | undefined,
): Buffer {
  const count = sectionCount(sizeBytes);
  const sections = Buffer.alloc(count * digestBytes);
  // Sections that end where both have a whole one are the base's; where an end moved, the pages tell.
  const whole = base ? Math.floor(Math.min(base.sizeBytes, sizeBytes) / sectionBytes) : 0;
  const taken = base?.sizeBytes === sizeBytes ? count : whole;
  if (base) sections.set(base.sections.subarray(0, taken * digestBytes));
  for (let section = taken; section < count; section += 1) {
    const bytes = Math.min(sectionBytes, sizeBytes - section * sectionBytes);
    sections.set(zeroSection(bytes, blockSizeBytes), section * digestBytes);
  }
  return sections;
}

export interface Group {
  bits: number;
  members: PlacedObject[];
  sum: Uint8Array;
}

/** Objects sorted by place, in groups. */
export function groupsOf(objects: readonly PlacedObject[], groupBits: number): Group[] {
  const groups: Group[] = [];
  for (const object of objects) {
    const bits = groupOf(object.place, groupBits);
    const last = groups.at(-1);
    if (last?.bits === bits) last.members.push(object);
    else groups.push({ bits, members: [object], sum: new Uint8Array() });
  }
  for (const group of groups) group.sum = sumOf(group.members);
  return groups;
}

/** The state digest of a point from its groups, in ascending order of their bits. */
export function stateOfGroups(groups: readonly { bits: number; sum: Uint8Array }[], groupBits: number): Uint8Array {
  return sumOf(
    groups.map(({ bits, sum }) => {
      const place = Buffer.alloc(digestBytes);
      place.writeUInt16BE(groupBits === 0 ? 0 : bits << (16 - groupBits));
      return { place, digest: sum };
    }),
  );
}
