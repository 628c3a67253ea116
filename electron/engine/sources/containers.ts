import { zstdDecompressSync, gunzipSync, constants as zlib } from 'node:zlib';

/** What a file plainly is, where it is no raw disk: something that a disk is packed in. */
export interface Container {
  /** As in "is a QCOW2 image". */
  name: string;
  /** How to get at the disk, in whole sentences. */
  advice: string;
}

interface Ends {
  kind: 'file' | 'block-device';
  head: Buffer;
  tail: Buffer;
}

interface ContainerForm extends Container {
  matches(ends: Ends): boolean;
}

/** Enough for the first block of what zstd packed, which tells what was packed. */
export const headBytes = 256 * 1024;
export const tailBytes = 512;

const startsWith = (bytes: Buffer, magic: string | Buffer, at = 0): boolean =>
  bytes.subarray(at, at + magic.length).equals(Buffer.from(magic as string, 'latin1'));
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

const convert = (format: string): string =>
  `Make a raw image of it with "qemu-img convert -f ${format} -O raw IMAGE RAW-IMAGE", with all files it needs beside it, and choose that.`;
const unpack = (how: string): string => `Unpack it first (${how}), and choose the raw disk in it.`;

/**
 * Images that a disk lies in. They are looked for on block devices, too: some platforms keep QCOW2 on logical volumes.
 * Magic numbers as in the specifications of QEMU (docs/interop), VMware (Virtual Disk Format 5.0), Microsoft (MS-VHDX, VHD
 * Image Format), VirtualBox (VDICore.h) and Proxmox (vma_spec.txt).
 */
const images: readonly ContainerForm[] = [
  { name: 'a QCOW2 image', advice: convert('qcow2'), matches: ({ head }) => startsWith(head, 'QFI\xfb') },
  { name: 'a QED image', advice: convert('qed'), matches: ({ head }) => startsWith(head, 'QED\0') },
  {
    name: 'a VMDK image',
    advice: convert('vmdk'),
    matches: ({ head }) =>
      startsWith(head, 'KDMV') || startsWith(head, 'COWD') || startsWith(head, hex('bebafeca 00000000')),
  },
  {
    name: 'the descriptor of a VMDK image',
    advice: `It only names the files that hold the disk. Where that is one "-flat.vmdk" without snapshots, choose that file: it is raw. Else: ${convert('vmdk')}`,
    matches: ({ head }) => /^\s*# Disk DescriptorFile/i.test(head.toString('latin1', 0, 512)),
  },
  { name: 'a VHDX image', advice: convert('vhdx'), matches: ({ head }) => startsWith(head, 'vhdxfile') },
  {
    name: 'a VHD image',
    advice: convert('vpc'),
    // Dynamic ones begin with a copy of the footer. Virtual PC before 2004 wrote footers of 511 bytes.
    matches: ({ head, tail }) =>
      startsWith(head, 'conectix') || startsWith(tail, 'conectix') || startsWith(tail, 'conectix', 1),
  },
  {
    name: 'a VDI image',
    advice: convert('vdi'),
    matches: ({ head }) => startsWith(head, '<<<') && startsWith(head, hex('7f10dabe'), 64),
  },
  {
    name: 'a Parallels image',
    advice: convert('parallels'),
    matches: ({ head }) => startsWith(head, 'WithoutFreeSpace') || startsWith(head, 'WithouFreSpacExt'),
  },
  {
    name: 'a Proxmox VE backup (VMA)',
    advice: 'Unpack it on a Proxmox VE host with "vma extract", and choose the raw disks it gives.',
    matches: ({ head }) => startsWith(head, 'VMA\0'),
  },
  {
    name: 'a Reelvault backup file',
    advice: 'Add the folder it is in as a repository, and rescan that.',
    matches: ({ head }) => startsWith(head, '\x89RVB\r\n\x1a\n'),
  },
];

/** A head that unpacks to more than this stays unnamed: it would take too long. */
const unpackLimit = { maxOutputLength: 2 ** 24 };

/** The first bytes of what a packed file holds, as far as they can be had here. */
function startOf(unpackStart: () => Buffer): Buffer {
  try {
    return unpackStart();
  } catch {
    return Buffer.alloc(0);
  }
}

interface Wrapper {
  /** As in "packed with zstd". */
  name: string;
  how: string;
  magic: Buffer;
  start?(head: Buffer): Buffer;
}

const wrappers: readonly Wrapper[] = [
  {
    name: 'zstd',
    how: 'zstd -d',
    magic: hex('28b52ffd'),
    start: (head) => startOf(() => zstdDecompressSync(head, { finishFlush: zlib.ZSTD_e_continue, ...unpackLimit })),
  },
  {
    name: 'gzip',
    how: 'gunzip',
    magic: hex('1f8b08'),
    start: (head) => startOf(() => gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH, ...unpackLimit })),
  },
  { name: 'lzop', how: 'lzop -d', magic: hex('894c5a4f000d0a1a0a') },
  { name: 'xz', how: 'xz -d', magic: hex('fd377a585a00') },
  { name: 'bzip2', how: 'bzip2 -d', magic: Buffer.from('BZh') },
  { name: 'lz4', how: 'lz4 -d', magic: hex('04224d18') },
  { name: '7-Zip', how: '7z x', magic: hex('377abcaf271c') },
  { name: 'ZIP', how: 'unzip', magic: hex('504b0304') },
];

/**
 * What the ends of a file say it is, or undefined: nothing that plainly is no disk. What merely packs other files is looked
 * for in files only: on a device such bytes are as likely the content of the disk.
 */
export function containerOf(ends: Ends): Container | undefined {
  const image = images.find((form) => form.matches(ends));
  if (image) return { name: image.name, advice: image.advice };
  if (ends.kind !== 'file') return undefined;
  const { head } = ends;
  const wrapper = wrappers.find(({ magic, name }) => startsWith(head, magic) && (name !== 'bzip2' || isBzip2(head)));
  if (wrapper) {
    const inner = wrapper.start?.(head) ?? Buffer.alloc(0);
    const within = inner.length === 0 ? undefined : containerOf({ kind: 'file', head: inner, tail: Buffer.alloc(0) });
    return {
      name: `packed with ${wrapper.name}${within ? ` (${within.name})` : ''}`,
      advice: within ? `Unpack it first (${wrapper.how}). ${within.advice}` : unpack(wrapper.how),
    };
  }
  if (!isTar(head)) return undefined;
  const firstName = head.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  if (/\.ovf$/i.test(firstName)) {
    return {
      name: 'an OVA archive',
      advice: `Unpack it first (tar -xf). The disks in it are VMDK images: ${convert('vmdk')}`,
    };
  }
  return { name: 'a tar archive', advice: unpack('tar -xf') };
}

function isBzip2(head: Buffer): boolean {
  return startsWith(head, hex('314159265359'), 4);
}

/** Whether the first 512 bytes are a tar header: its checksum fits (POSIX.1-1988, ustar). */
function isTar(head: Buffer): boolean {
  if (head.length < 512 || !startsWith(head, 'ustar', 257)) return false;
  let sum = 8 * 0x20;
  for (let at = 0; at < 512; at += 1) if (at < 148 || at >= 156) sum += head[at] ?? 0;
  return Number.parseInt(head.toString('latin1', 148, 156), 8) === sum;
}
