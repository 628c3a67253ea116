import { get16, get24, getText } from './big-endian.ts';
import { senseCodes, senseWords } from './sense-words.ts';

export type ElementType = 'transport' | 'slot' | 'import-export' | 'drive';

/** One place in a library that can hold a cartridge. */
export interface ElementStatus {
  address: number;
  type: ElementType;
  full: boolean;
  /** The robot can reach the cartridge, or put one there. False for a drive that holds its cartridge loaded. */
  accessible: boolean;
  /** As the library's reader sees it; absent where there is no cartridge, no label, or no reader. */
  barcode?: string;
  /** Address the cartridge came from last. */
  source?: number;
  /** What is wrong here, in words. */
  exception?: string;
  /** Serial number of the drive at this address, where the library tells; the beginning of it where the reply was cut. */
  driveSerial?: string;
}

/** Element type codes (SMC-3, table 10), the order in which libraries are asked. */
export const elementTypeCode: Readonly<Record<ElementType, number>> = {
  transport: 1,
  slot: 2,
  'import-export': 3,
  drive: 4,
};

const typeOfCode = new Map(Object.entries(elementTypeCode).map(([type, code]) => [code, type as ElementType]));

/** What the descriptors of one reply say; `accessReported` is false for libraries that never set the ACCESS flag. */
export interface ParsedElements {
  elements: ElementStatus[];
  accessReported: boolean;
}

/**
 * Parses READ ELEMENT STATUS data (SMC-3, 6.12). Lenient, as libraries are sloppy: a last descriptor that is cut short
 * counts for what is there (one known target always sends eight bytes too few), unknown pages are passed over, and a
 * descriptor length that cannot be ends its page.
 */
export function parseElementStatus(data: Uint8Array): ParsedElements {
  const elements: ElementStatus[] = [];
  let accessReported = false;
  // 8 bytes of header; its byte count is not used: it may be wrong, and the pages count for themselves.
  for (let page = 8; page + 8 <= data.length; ) {
    const type = typeOfCode.get(data[page] as number);
    const tags = data[page + 1] as number;
    const descriptorLength = get16(data, page + 2);
    const end = Math.min(data.length, page + 8 + get24(data, page + 5));
    if (type && descriptorLength >= 4) {
      for (let at = page + 8; at + 4 <= end; at += descriptorLength) {
        const descriptor = data.subarray(at, Math.min(at + descriptorLength, end));
        if (((descriptor[2] as number) & 0x08) !== 0) accessReported = true;
        elements.push(parseDescriptor(descriptor, type, tags));
      }
    }
    page = Math.max(end, page + 8);
  }
  return { elements, accessReported };
}

function parseDescriptor(bytes: Uint8Array, type: ElementType, tags: number): ElementStatus {
  const flags = bytes[2] as number;
  const status: ElementStatus = {
    address: get16(bytes, 0),
    type,
    full: (flags & 0x01) !== 0,
    accessible: (flags & 0x08) !== 0,
  };
  if ((flags & 0x04) !== 0) {
    const [asc, ascq] = [bytes[4] ?? 0, bytes[5] ?? 0];
    status.exception = `${senseWords(4, asc, ascq)} (${senseCodes(0, asc, ascq).replace('NO SENSE ', '')})`;
  }
  if (bytes.length >= 12 && ((bytes[9] as number) & 0x80) !== 0) status.source = get16(bytes, 10);
  const withTag = (tags & 0x80) !== 0;
  const barcode = withTag ? getText(bytes, 12, 32) : '';
  if (status.full && barcode) status.barcode = barcode;
  if (type === 'drive') {
    const behindTag = 12 + (withTag ? 36 : 0);
    // Some libraries announce an alternate volume tag and do not send it.
    const announced = (tags & 0x40) !== 0 ? driveSerial(bytes, behindTag + 36) : undefined;
    const serial = announced ?? driveSerial(bytes, behindTag);
    if (serial) status.driveSerial = serial;
  }
  return status;
}

/** The identification descriptor asked for with DVCID: code set, designator type, reserved, length, designator. */
function driveSerial(bytes: Uint8Array, at: number): string | undefined {
  const length = bytes[at + 3] ?? 0;
  if (bytes.length <= at + 4 || length === 0 || ((bytes[at] as number) & 0x0f) !== 2) return undefined;
  const text = getText(bytes, at + 4, length);
  // Designator type 1 is vendor (8), product (16) and serial number; others carry the serial number alone.
  const isVendorDesignator = ((bytes[at + 1] as number) & 0x0f) === 1 && length > 24;
  return (isVendorDesignator ? getText(bytes, at + 4 + 24, length - 24) : text) || undefined;
}
