import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Changer } from '../../../scsi/smc.ts';
import { TapeDrive } from '../../../scsi/ssc.ts';
import { createVirtualLibrary } from '../../../scsi/virtual/create.ts';
import { openVirtualLibrary, type VirtualLibrary } from '../../../scsi/virtual/library.ts';

/** A virtual library with one drive, for tests: `load(n)` puts the nth (1-based) cartridge into it. */
export class VirtualTapes {
  readonly root: string;
  library: VirtualLibrary;
  drive: TapeDrive;
  #changer: Changer;
  #loaded: number | undefined;

  private constructor(root: string, library: VirtualLibrary, changer: Changer, drive: TapeDrive) {
    this.root = root;
    this.library = library;
    this.#changer = changer;
    this.drive = drive;
  }

  static async create(of: { tapes: number; capacityBytes: number; earlyWarningBytes: number }): Promise<VirtualTapes> {
    const root = await mkdtemp(join(tmpdir(), 'tape-archive-'));
    await createVirtualLibrary(join(root, 'library'), {
      name: 'Archive test',
      drives: 1,
      slots: of.tapes,
      importExportSlots: 0,
      cartridgeCapacityBytes: of.capacityBytes,
      earlyWarningBytes: of.earlyWarningBytes,
      barcodes: Array.from({ length: of.tapes }, (_, index) => VirtualTapes.barcode(index + 1)),
    });
    return VirtualTapes.open(root);
  }

  /** Opens the library again, after another process had it. */
  static async open(root: string): Promise<VirtualTapes> {
    const library = await openVirtualLibrary(join(root, 'library'));
    const changer = await Changer.open(library.changer);
    const drive = await TapeDrive.open(library.drives[0]!, { emptyGraceMs: 0 });
    return new VirtualTapes(root, library, changer, drive);
  }

  static barcode(number: number): string {
    return `RV${String(number).padStart(4, '0')}L8`;
  }

  async load(number: number): Promise<void> {
    await this.unload();
    const inDrive = (await this.#changer.elementStatus()).find(({ type, full }) => type === 'drive' && full);
    if (!inDrive)
      await this.#changer.move(this.#changer.layout.slots.first + number - 1, this.#changer.layout.drives.first);
    await this.drive.load();
    this.#loaded = number;
  }

  async unload(): Promise<void> {
    if (this.#loaded === undefined) return;
    // After a write error the first one tells of it, and the second goes ahead.
    await this.drive.unload().catch(() => this.drive.unload());
    await this.#changer.move(this.#changer.layout.drives.first, this.#changer.layout.slots.first + this.#loaded - 1);
    this.#loaded = undefined;
  }

  async remove(): Promise<void> {
    await this.library.close();
    await rm(this.root, { recursive: true });
  }

  /**
   * Takes a cartridge apart with no code of ours: its SIMH image gives records and filemarks, and every tape file
   * becomes a file. Close or unload first.
   */
  async exportTapeFiles(number: number, directory: string): Promise<string[]> {
    const images = await readdir(this.root, { recursive: true });
    const name = images.find((path) => path.endsWith(`${VirtualTapes.barcode(number)}.tap`));
    const image = await readFile(join(this.root, name ?? 'no image'));
    const paths: string[] = [];
    let records: Buffer[] = [];
    for (let at = 0; at + 4 <= image.length; ) {
      const length = image.readUInt32LE(at);
      at += 4;
      if (length === 0xffff_ffff) break;
      if (length > 0) {
        records.push(image.subarray(at, at + length));
        at += length + (length % 2) + 4;
        continue;
      }
      const path = join(directory, `t${number}.f${String(paths.length).padStart(4, '0')}`);
      const handle = await open(path, 'wx');
      for (const record of records) await handle.write(record);
      await handle.close();
      paths.push(path);
      records = [];
    }
    return paths;
  }
}
