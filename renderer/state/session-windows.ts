import { create } from 'zustand';

/** Which session's window is open; one at a time, over the console. */
export const useSessionWindow = create<{ sessionId: string | null }>(() => ({ sessionId: null }));

export function openSession(sessionId: string): void {
  useSessionWindow.setState({ sessionId });
}

export function closeSession(): void {
  useSessionWindow.setState({ sessionId: null });
}
