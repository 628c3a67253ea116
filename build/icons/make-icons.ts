import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { chromiumArgs, chromiumPath } from '../chromium.ts';

/**
 * Draws build/icons/icon.svg into everything that platforms want: PNGs for Linux and the tray, an .ico for Windows and an
 * .icns for macOS, both of PNGs. Usage: node build/icons/make-icons.ts
 */
const here = import.meta.dirname;
const linuxSizes = [16, 32, 48, 64, 128, 256, 512];
const icoSizes = [16, 32, 48, 64, 128, 256];
/** Apple's types of an icon's sizes that may hold a PNG. */
const icnsTypes: readonly [string, number][] = [
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
];

/** ICO: a header, a directory of 16 bytes for each picture, the pictures; PNGs are allowed since Windows Vista. */
function ico(pictures: ReadonlyMap<number, Buffer>): Buffer {
  const header = Buffer.alloc(6 + 16 * icoSizes.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(icoSizes.length, 4);
  let offset = header.length;
  const parts = icoSizes.map((size, index) => {
    const png = picture(pictures, size);
    const at = 6 + 16 * index;
    // 256 is written as 0: the field is a byte.
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
    return png;
  });
  return Buffer.concat([header, ...parts]);
}

/** ICNS: a magic word and the whole length, then type, length and content of each picture; big-endian. */
function icns(pictures: ReadonlyMap<number, Buffer>): Buffer {
  const chunk = (type: string, content: Buffer): Buffer => {
    const header = Buffer.alloc(8);
    header.write(type, 'latin1');
    header.writeUInt32BE(8 + content.length, 4);
    return Buffer.concat([header, content]);
  };
  return chunk('icns', Buffer.concat(icnsTypes.map(([type, size]) => chunk(type, picture(pictures, size)))));
}

function picture(pictures: ReadonlyMap<number, Buffer>, size: number): Buffer {
  const png = pictures.get(size);
  if (!png) throw new Error(`There is no picture of ${size} pixels.`);
  return png;
}

const svg = await readFile(path.join(here, 'icon.svg'), 'utf8');
const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
const pictures = new Map<number, Buffer>();
try {
  const page = await browser.newPage();
  for (const size of linuxSizes) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>html,body{margin:0;background:transparent}svg{display:block}</style>${svg}`);
    pictures.set(size, await page.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
await mkdir(path.join(here, 'linux'), { recursive: true });
for (const size of linuxSizes) {
  await writeFile(path.join(here, 'linux', `${size}x${size}.png`), picture(pictures, size));
}
await writeFile(path.join(here, 'icon.png'), picture(pictures, 256));
await writeFile(path.join(here, 'icon.ico'), ico(pictures));
await writeFile(path.join(here, 'icon.icns'), icns(pictures));
