import { create } from 'zustand';
import type { Selected } from './entities.ts';

/** Where someone is: a node of the tree, what is selected there, and a row that a link asks for. */
export interface Place {
  node: string;
  /** A row to select once it is there; then null. */
  wanted: string | null;
  /** What the node itself is, where it is one thing: a library, a media pool. */
  here: Selected | null;
  main: Selected | null;
  /** Selected in the details, beside `main`. */
  detail: Selected | null;
}

export const firstNode = 'home/jobs';

/** `#/home/jobs/backup?select=…&session=…` in parts; anything else is the first node. */
export function parseHash(hash: string): { node: string; select: string | null; session: string | null } {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const decoded = path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join('/');
  return {
    node: /^(home|infrastructure|tape|history)\//.test(decoded) ? decoded : firstNode,
    select: parameters.get('select'),
    session: parameters.get('session'),
  };
}

export function formatHash(node: string, select: string | null, session: string | null): string {
  const parameters = new URLSearchParams();
  if (select !== null) parameters.set('select', select);
  if (session !== null) parameters.set('session', session);
  const query = parameters.toString();
  return `#/${node.split('/').map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
}

export const usePlace = create<Place>(() => ({
  node: firstNode,
  wanted: null,
  here: null,
  main: null,
  detail: null,
}));

/** Goes to a node of the tree, and to a row there. */
export function goTo(node: string, select: string | null = null): void {
  if (usePlace.getState().node === node && select === null) return;
  usePlace.setState({ node, wanted: select, here: null, main: null, detail: null });
}

export function selectMain(main: Selected | null): void {
  usePlace.setState({ main, detail: null, wanted: null });
}

/** The same rows in newer versions: what is selected in the details stays. */
export function refreshMain(main: Selected | null): void {
  usePlace.setState({ main });
}

/** Says what the node is, as soon as that is known. */
export function setHere(here: Selected | null): void {
  usePlace.setState({ here });
}

export function selectDetail(detail: Selected | null): void {
  usePlace.setState({ detail });
}
