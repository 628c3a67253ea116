import { create } from 'zustand';
import type { Selected } from './entities.ts';

/** Where someone is: a node of the tree, what is selected there, and a row that a link asks for. */
export interface Place {
  node: string;
  /** The name of a kept filter that the list is seen through. */
  filter: string | null;
  /** A row to select once it is there; then null. */
  wanted: string | null;
  /** What the node itself is, where it is one thing: a library, a media pool. */
  here: Selected | null;
  main: Selected | null;
  /** Selected in the details, beside `main`. */
  detail: Selected | null;
}

export const firstNode = 'home/jobs';

/** An address in parts. */
export interface Address {
  node: string;
  filter: string | null;
  select: string | null;
  session: string | null;
}

/** `#/home/jobs/backup?filter=…&select=…&session=…` in parts; anything else is the first node. */
export function parseHash(hash: string): Address {
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
    filter: parameters.get('filter'),
    select: parameters.get('select'),
    session: parameters.get('session'),
  };
}

export function formatHash({ node, filter, select, session }: Address): string {
  const parameters = new URLSearchParams();
  if (filter !== null) parameters.set('filter', filter);
  if (select !== null) parameters.set('select', select);
  if (session !== null) parameters.set('session', session);
  const query = parameters.toString();
  return `#/${node.split('/').map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
}

export const usePlace = create<Place>(() => ({
  node: firstNode,
  filter: null,
  wanted: null,
  here: null,
  main: null,
  detail: null,
}));

/** Goes to a node of the tree, to a row there, and through a kept filter. */
export function goTo(node: string, select: string | null = null, filter: string | null = null): void {
  const now = usePlace.getState();
  if (now.node === node && now.filter === filter && select === null) return;
  usePlace.setState({ node, filter, wanted: select, here: null, main: null, detail: null });
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
