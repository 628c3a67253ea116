import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { containerOf, headBytes, tailBytes } from './containers.ts';

const look = (content: Buffer, kind: 'file' | 'block-device' = 'file') =>
  containerOf({ kind, head: content.subarray(0, headBytes), tail: content.subarray(-tailBytes) });
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');
const withData = (head: Buffer): Buffer => Buffer.concat([head, randomBytes(2 ** 20)]);

function tar(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('00000000144\0', 124);
  header.write('ustar\x0000', 257);
  header.write(' '.repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return withData(header);
}

const vdi = Buffer.alloc(512);
vdi.write('<<< Oracle VM VirtualBox Disk Image >>>\n');
hex('7f10dabe').copy(vdi, 64);
const fixedVhd = Buffer.concat([randomBytes(2 ** 20), bytes('conectix'), Buffer.alloc(504)]);
const oldVhd = Buffer.concat([randomBytes(2 ** 20), Buffer.alloc(1), bytes('conectix'), Buffer.alloc(503)]);

const images: [string, Buffer, RegExp][] = [
  ['qcow2', withData(bytes('QFI\xfb\0\0\0\x03')), /QCOW2/],
  ['sparse vmdk', withData(bytes('KDMV\x01\0\0\0')), /VMDK/],
  ['vmdk of old ESX snapshots', withData(bytes('COWD\x01\0\0\0')), /VMDK/],
  ['seSparse vmdk', withData(hex('bebafeca00000000')), /VMDK/],
  ['vmdk descriptor', bytes('# Disk DescriptorFile\nversion=1\nCID=fffffffe\n'), /descriptor of a VMDK/],
  ['vhdx', withData(bytes('vhdxfile')), /VHDX/],
  ['dynamic vhd', withData(bytes('conectix')), /VHD image/],
  ['fixed vhd', fixedVhd, /VHD image/],
  ['vhd of Virtual PC', oldVhd, /VHD image/],
  ['vdi', withData(vdi), /VDI/],
  ['vma', withData(bytes('VMA\0\0\0\0\x01')), /VMA/],
  ['our own', withData(bytes('\x89RVB\r\n\x1a\n')), /Reelvault backup file/],
];

test.each(images)('%s is told, on a device, too', (_name, content, words) => {
  for (const kind of ['file', 'block-device'] as const) {
    expect(look(content, kind)?.name).toMatch(words);
    expect(look(content, kind)?.advice).toMatch(/^[A-Z].*\.$/);
  }
});

test.each([
  ['zstd of vma', zstdCompressSync(withData(bytes('VMA\0'))), /zstd \(a Proxmox/],
  ['zstd of what packs well', zstdCompressSync(Buffer.concat([bytes('VMA\0'), Buffer.alloc(2 ** 22)])), /zstd/],
  ['gzip of qcow2', gzipSync(withData(bytes('QFI\xfb'))), /gzip \(a QCOW2/],
  ['gzip of a raw disk', gzipSync(Buffer.alloc(2 ** 20)), /^packed with gzip$/],
  ['lzop', withData(hex('894c5a4f000d0a1a0a')), /lzop/],
  ['xz', withData(hex('fd377a585a00')), /xz/],
  ['bzip2', withData(bytes('BZh91AY&SY')), /bzip2/],
  ['ova', tar('web01.ovf'), /OVA/],
  ['another tar', tar('disk.raw'), /tar archive/],
] as const)('%s is told of a file, and no device is taken for it', (_name, content, words) => {
  expect(look(content)?.name).toMatch(words);
  expect(look(content)?.advice).toMatch(/^Unpack it first/);
  expect(look(content, 'block-device')).toBeUndefined();
});

const mbr = Buffer.alloc(2 ** 20);
mbr.writeUInt16LE(0xaa55, 510);
const iso = Buffer.alloc(2 ** 20);
iso.write('\x01CD001\x01', 32_768, 'latin1');
test.each([
  ['a disk of zeros', Buffer.alloc(2 ** 20)],
  ['a boot record', mbr],
  ['an ISO image', iso],
  ['a LUKS volume', withData(bytes('LUKS\xba\xbe\0\x02'))],
  ['an XFS file system', withData(bytes('XFSB\0\0\x10\0'))],
  ['an LVM volume', Buffer.concat([Buffer.alloc(512), bytes('LABELONE'), Buffer.alloc(2 ** 20)])],
  ['one byte', Buffer.alloc(1)],
  ['text that begins like bzip2', bytes('BZhello')],
  ['a qcow2 header further on', Buffer.concat([Buffer.alloc(4096), bytes('QFI\xfb'), Buffer.alloc(2 ** 20)])],
])('%s is raw', (_name, content) => {
  expect(look(content)).toBeUndefined();
});
