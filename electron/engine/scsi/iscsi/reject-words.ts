/** Why a target rejects a message (RFC 7143, 11.17.1). */
const reasons = new Map<number, string>([
  [0x02, 'data arrived there damaged'],
  [0x03, 'it cannot send what is missing again'],
  [0x04, 'protocol error'],
  [0x05, 'it does not support the command'],
  [0x06, 'too many immediate commands'],
  [0x07, 'the task is under way'],
  [0x08, 'it acknowledges nothing of the kind'],
  [0x09, 'a field of the message is wrong'],
  [0x0a, 'it is short of resources for the command'],
  [0x0b, 'negotiation reset'],
  [0x0c, 'it waits for a logout'],
]);

export const rejectWords = (reason: number): string =>
  `${reasons.get(reason) ?? 'no reason known'} (reject reason ${reason.toString(16).padStart(2, '0')}h)`;

/** Code 1 is a failure of the target; 80h and above are a vendor's own (11.4.3). */
export const responseWords = (code: number): string =>
  code === 1 ? '' : ` (iSCSI response ${code.toString(16).padStart(2, '0')}h)`;
