import { createContext, useContext } from 'react';
import type { Host } from './host.ts';

export const HostContext = createContext<Host | null>(null);

/** The host that carries this console. */
export function useHost(): Host {
  const host = useContext(HostContext);
  if (host === null) throw new Error('A part of the console stands outside its host.');
  return host;
}
