import { create } from 'zustand';
import { type Topic, topicOf } from '../help/topics.ts';
import { usePlace } from './navigation.ts';
import { useSessionWindow } from './session-windows.ts';
import { useWizards } from './wizards.ts';

/** Which part of the guide is open over everything else. */
export const useHelp = create<{ topic: Topic | null }>(() => ({ topic: null }));

/** Opens the guide at what is being done. */
export function openHelp(): void {
  const { open, inner } = useWizards.getState();
  const topic = topicOf({
    wizard: inner ?? open?.name ?? null,
    session: useSessionWindow.getState().sessionId !== null,
    node: usePlace.getState().node,
  });
  useHelp.setState({ topic });
}

export function closeHelp(): void {
  useHelp.setState({ topic: null });
}
