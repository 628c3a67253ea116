import { SourceError } from '../source-error.ts';
import type { SourceKind } from './kind.ts';

/** A raw image file or a block device: the disk's bytes and nothing else. ISO images and encrypted volumes are raw, too. */
export const raw: SourceKind = {
  id: 'raw',
  takes: (file) => file.container === undefined,
  async open(file) {
    const { path, sizeBytes, handle } = file;
    return {
      path,
      sizeBytes,
      content: { fd: handle.fd },
      documents: [],
      async checkUnchanged() {
        const now = await file.currentSizeBytes();
        if (now === sizeBytes) return;
        throw new SourceError(
          'changed',
          path,
          `The disk ${path} has ${now} bytes, but had ${sizeBytes} when the backup of it began.`,
          'Start the backup again when nothing changes the size of the disk.',
        );
      },
      close: () => handle.close(),
    };
  },
};
