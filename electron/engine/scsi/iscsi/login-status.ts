/** Login status classes and details (RFC 7143, 11.13.5) in words. */

export type LoginFault = 'credentials' | 'initiator' | 'target' | 'busy' | 'other';

const faults = new Map<number, { words: string; fault: LoginFault }>([
  [0x0200, { words: 'the target did not understand the login', fault: 'other' }],
  [0x0201, { words: 'the target does not accept the user name and secret', fault: 'credentials' }],
  [0x0202, { words: 'the target refuses this initiator', fault: 'initiator' }],
  [0x0203, { words: 'the portal has no such target, or does not show it to this initiator', fault: 'target' }],
  [0x0204, { words: 'the target is gone', fault: 'target' }],
  [0x0205, { words: 'the target speaks another version of iSCSI', fault: 'other' }],
  [0x0206, { words: 'the target takes no further connections', fault: 'busy' }],
  [0x0207, { words: 'the target misses a parameter in the login', fault: 'other' }],
  [0x0208, { words: 'the target cannot include this connection in a session', fault: 'busy' }],
  [0x0209, { words: 'the target does not serve this kind of session', fault: 'other' }],
  [0x020a, { words: 'the session the login speaks of does not exist', fault: 'other' }],
  [0x020b, { words: 'the login came at the wrong time', fault: 'other' }],
  [0x0300, { words: 'the target had an internal error', fault: 'busy' }],
  [0x0301, { words: 'the target is not ready', fault: 'busy' }],
  [0x0302, { words: 'the target is short of resources', fault: 'busy' }],
]);

/** A target that answered the login, with a no. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
  readonly fault: LoginFault;
  /** Class and detail; 0 where the refusal is ours. */
  readonly status: number;
  constructor(words: string, fault: LoginFault, status = 0) {
    super(words);
    this.fault = fault;
    this.status = status;
  }
}

export function loginRefused(status: number): LoginRefused {
  const known = faults.get(status);
  const code = `login status ${status.toString(16).padStart(4, '0')}h`;
  return new LoginRefused(
    `${known?.words ?? 'the target refused the login'} (${code})`,
    known?.fault ?? (status >> 8 === 3 ? 'busy' : 'other'),
    status,
  );
}
