import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fuzz } from '../../testing/fuzzing/fuzz.ts';
import { mutate, mutateValue } from '../../testing/fuzzing/mutate.ts';
import { CatalogueDecoder, encodeCatalogueLines } from './catalogue-lines.ts';
import { checkHead, checkLabel, checkPointMember, checkSet, type TapeCatalogue } from './documents.ts';
import { decodeDocument, DocumentError } from './fields.ts';
import { parseSums } from './tape-file-reader.ts';
import { encodeUstarHeader, isSafeMemberName, parseForeignTarHeader, parseUstarHeader, UstarError } from './ustar.ts';

const golden = new URL('testing/golden/', import.meta.url);
const catalogue = JSON.parse(readFileSync(new URL('tape-v1.catalogue.json', golden), 'utf8')) as TapeCatalogue;

/** A header's checksum made to fit, as an attacker would. */
function refit(header: Buffer): void {
  if (header.length < 512) return;
  let sum = 0;
  for (let at = 0; at < 512; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

test('archive headers', async () => {
  const header = Buffer.alloc(512);
  const member = { name: `erp-01/${'a'.repeat(120)}/p0001.rvb.000000`, sizeBytes: 64 * 2 ** 20, modifiedAt: 1e12 };
  encodeUstarHeader(header, 0, member);
  const { taken, refused } = await fuzz('Archive header', (choose) => {
    const bytes = mutate(header, choose);
    if (choose(4) > 0) refit(bytes);
    const foreign = parseForeignTarHeader(bytes);
    if (foreign) expect(Number.isSafeInteger(foreign.sizeBytes)).toBe(true);
    try {
      const found = parseUstarHeader(bytes);
      if (!isSafeMemberName(found.name) || found.name.split('/').some((segment) => /^\.*$/.test(segment))) {
        throw new Error(`“${found.name}” was taken for a name.`);
      }
      expect(found.sizeBytes).toBeLessThan(2 ** 36);
      return true;
    } catch (error) {
      if (!(error instanceof UstarError)) throw error;
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

test('catalogues', async () => {
  const { sessions, problems: _, ...facts } = catalogue;
  const lines = [...encodeCatalogueLines({ ...facts, complete: true, coversFromBlock: 0 }, sessions)];
  const parsed = lines.map((line) => JSON.parse(line) as unknown);
  const { taken, refused } = await fuzz('Catalogue', (choose) => {
    const changed = choose(lines.length);
    const decoder = new CatalogueDecoder();
    try {
      for (const [index, line] of lines.entries()) {
        if (index !== changed) decoder.line(Buffer.from(line));
        else if (choose(2) === 0) decoder.line(mutate(Buffer.from(line), choose, Buffer.from(lines[0] ?? '')));
        else decoder.line(Buffer.from(JSON.stringify(mutateValue(parsed[index], choose)) ?? ''));
      }
      const found = decoder.finish();
      for (const point of found.sessions.flatMap((session) => session.points)) {
        const bytes = point.slices.reduce((sum, slice) => sum + slice.lengthBytes, 0);
        if (bytes !== point.file.sizeBytes) throw new Error('A restore point whose slices do not cover its file.');
      }
      return true;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return false;
    }
  });
  expect(Math.min(taken, refused)).toBeGreaterThan(60);
});

test('documents of a tape', async () => {
  const image = gunzipSync(readFileSync(new URL('tape-v1.tap.gz', golden)));
  const text = image.toString('latin1');
  const documents = [...text.matchAll(/\{\s*"format": ?"reelvault-tape"[\s\S]*?\n\}\n/g)].map(([found]) =>
    Buffer.from(found, 'latin1'),
  );
  expect(documents.length).toBeGreaterThan(3);
  const checks = [checkLabel, checkSet, checkHead, checkPointMember];
  const { refused } = await fuzz('Tape document', (choose) => {
    const document = documents[choose(documents.length)] ?? Buffer.alloc(0);
    const bytes =
      choose(2) === 0
        ? mutate(document, choose, documents[0])
        : Buffer.from(JSON.stringify(mutateValue(JSON.parse(document.toString()), choose)) ?? '');
    let taken = false;
    for (const check of checks) {
      try {
        decodeDocument<unknown>(bytes, check, 'document', 2 ** 20);
        taken = true;
      } catch (error) {
        if (!(error instanceof DocumentError)) throw error;
      }
    }
    return taken;
  });
  expect(refused).toBeGreaterThan(60);
});

test('lists of digests', async () => {
  const sums = Buffer.from(`${'0'.repeat(64)}  erp-01/a.rvb.000000\n${'f'.repeat(64)}  erp-01/a.rvb.000001\n`);
  const { refused } = await fuzz('SHA256SUMS', (choose) => {
    try {
      for (const digest of parseSums(mutate(sums, choose)).values()) expect(digest).toMatch(/^[0-9a-f]{64}$/);
      return true;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return false;
    }
  });
  expect(refused).toBeGreaterThan(60);
});
