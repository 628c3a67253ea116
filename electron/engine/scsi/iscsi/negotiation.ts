/** Operational parameters of a session (RFC 7143, section 13): what we offer, and what comes of the target's answers. */

export interface SessionParameters {
  headerDigest: boolean;
  dataDigest: boolean;
  /** Longest data segment the target takes. */
  targetSegmentBytes: number;
  /** The target asks for all data of a write that is not immediate. */
  initialR2T: boolean;
  immediateData: boolean;
  firstBurstBytes: number;
  maxBurstBytes: number;
}

/** Longest data segment we take, whatever the target can send. */
export const ownSegmentBytes = 262_144;
const defaultSegmentBytes = 8192;

export interface OfferOptions {
  headerDigest: boolean;
  dataDigest: boolean;
  discovery?: boolean;
}

/** What we offer, in the order it is sent. */
export function operationalOffer(options: OfferOptions): Map<string, string> {
  const digest = (wanted: boolean): string => (wanted ? 'CRC32C,None' : 'None');
  const offer = new Map([
    ['HeaderDigest', digest(options.headerDigest)],
    ['DataDigest', digest(options.dataDigest)],
    ['MaxRecvDataSegmentLength', String(ownSegmentBytes)],
    ['DefaultTime2Wait', '2'],
    ['DefaultTime2Retain', '0'],
    ['ErrorRecoveryLevel', '0'],
  ]);
  if (options.discovery) return offer;
  for (const [key, value] of [
    ['InitialR2T', 'No'],
    ['ImmediateData', 'Yes'],
    ['FirstBurstLength', '1048576'],
    ['MaxBurstLength', '4194304'],
    ['MaxOutstandingR2T', '1'],
    ['MaxConnections', '1'],
    ['DataPDUInOrder', 'Yes'],
    ['DataSequenceInOrder', 'Yes'],
  ] as const) {
    offer.set(key, value);
  }
  return offer;
}

/** An answer that leaves a key as if it had not been spoken of. */
const noAnswers = new Set(['Reject', 'NotUnderstood', 'Irrelevant']);

/**
 * The parameters that hold after the target's answers. A key without an answer has the value the standard gives it; an
 * answer that is no possible outcome of our offer counts for the more careful of the two.
 */
export function outcome(offer: ReadonlyMap<string, string>, answers: ReadonlyMap<string, string>): SessionParameters {
  const answer = (key: string): string | undefined => {
    const value = answers.get(key);
    return value === undefined || noAnswers.has(value) ? undefined : value;
  };
  const least = (key: string, byDefault: number): number => {
    const told = numberOf(answer(key));
    return told === undefined ? byDefault : Math.min(told, numberOf(offer.get(key)) ?? byDefault);
  };
  const maxBurstBytes = least('MaxBurstLength', 262_144);
  return {
    headerDigest: agreed(offer.get('HeaderDigest'), answer('HeaderDigest')),
    dataDigest: agreed(offer.get('DataDigest'), answer('DataDigest')),
    targetSegmentBytes: numberOf(answer('MaxRecvDataSegmentLength')) ?? defaultSegmentBytes,
    // Yes where either side wants it; immediate data only where both do.
    initialR2T: answer('InitialR2T') !== 'No',
    immediateData: (answer('ImmediateData') ?? 'Yes') === 'Yes',
    firstBurstBytes: Math.min(least('FirstBurstLength', 65_536), maxBurstBytes),
    maxBurstBytes,
  };
}

const agreed = (offered: string | undefined, answered: string | undefined): boolean =>
  answered === 'CRC32C' && (offered ?? '').split(',').includes('CRC32C');

/** Lengths of data segments and bursts: 512 to 2^24 - 1 (13.12 to 13.14); anything else is as if not said. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= 512 && value <= 0xff_ffff ? value : undefined;
}

/** Answers to keys the target brings up itself: we hold no opinion beyond what we offered, and know no others. */
export function answersTo(offered: ReadonlyMap<string, string>, told: ReadonlyMap<string, string>): [string, string][] {
  return [...told].flatMap(([key, value]): [string, string][] => {
    if (offered.has(key) || declared.has(key)) return [];
    const known = ownChoice.get(key);
    return [[key, known ? known(value) : 'NotUnderstood']];
  });
}

/** Told, not negotiated. */
const declared = new Set([
  'TargetAlias',
  'TargetAddress',
  'TargetPortalGroupTag',
  'MaxRecvDataSegmentLength',
  'TargetName',
  'AuthMethod',
]);

const ownChoice = new Map<string, (value: string) => string>([
  ['OFMarker', () => 'No'],
  ['IFMarker', () => 'No'],
  ['OFMarkInt', () => 'Irrelevant'],
  ['IFMarkInt', () => 'Irrelevant'],
  ['TaskReporting', () => 'RFC3720'],
  ['iSCSIProtocolLevel', () => '1'],
]);
