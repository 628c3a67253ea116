import { blocksPerPage } from './block-table.ts';
import { blockCount, type ObjectInfo } from './restore-point.ts';

/** One index page's worth of an object's blocks. */
export interface ObjectPage {
  objectIndex: number;
  object: ObjectInfo;
  pageNumber: number;
  firstBlock: number;
  /** Size of the page's blocks on the disk. */
  plainBytes: number;
}

/** All pages of all objects, in order, whether or not a file has entries in them. */
export function* objectPages(objects: readonly ObjectInfo[], blockSizeBytes: number): Generator<ObjectPage> {
  for (const [objectIndex, object] of objects.entries()) {
    const blocks = blockCount(object.sizeBytes, blockSizeBytes);
    for (let firstBlock = 0; firstBlock < blocks; firstBlock += blocksPerPage) {
      const plainBytes = Math.min(blocksPerPage * blockSizeBytes, object.sizeBytes - firstBlock * blockSizeBytes);
      yield { objectIndex, object, pageNumber: firstBlock / blocksPerPage, firstBlock, plainBytes };
    }
  }
}

export function totalBytesOf(objects: readonly ObjectInfo[]): number {
  return objects.reduce((sum, object) => sum + object.sizeBytes, 0);
}
