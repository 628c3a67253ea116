import { create } from 'zustand';
import { problemOf } from './problem.ts';

export interface Note {
  id: number;
  intent: 'success' | 'info' | 'warning' | 'error';
  title: string;
  text: string | null;
}

/** Short remarks that wait to be shown. */
export const useNotes = create<{ notes: Note[] }>(() => ({ notes: [] }));

let lastId = 0;

export function note(intent: Note['intent'], title: string, text: string | null = null): void {
  lastId += 1;
  const next = { id: lastId, intent, title, text };
  useNotes.setState(({ notes }) => ({ notes: [...notes, next] }));
}

export function noteShown(id: number): void {
  useNotes.setState(({ notes }) => ({ notes: notes.filter((other) => other.id !== id) }));
}

/** Says why something could not be done. */
export function noteProblem(title: string, error: unknown): void {
  const problem = problemOf(error);
  note('error', title, problem.advice === null ? problem.message : `${problem.message} ${problem.advice}`);
}
