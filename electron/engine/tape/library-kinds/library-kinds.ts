import type { LibraryConnection } from '../store/tape-records.ts';
import { iscsiKind } from './iscsi.ts';
import type { LibraryKind } from './kind.ts';
import { localKind } from './local.ts';
import { virtualKind } from './virtual.ts';

const kinds: { [K in LibraryConnection['kind']]: LibraryKind<Extract<LibraryConnection, { kind: K }>> } = {
  virtual: virtualKind,
  iscsi: iscsiKind,
  local: localKind,
};

/** The kind that opens this connection. */
export function kindOf<C extends LibraryConnection>(connection: C): LibraryKind<C> {
  return kinds[connection.kind] as unknown as LibraryKind<C>;
}
