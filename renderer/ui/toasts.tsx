import { Toast, ToastBody, Toaster, ToastTitle, useId, useToastController } from '@fluentui/react-components';
import { type ReactElement, useEffect } from 'react';

/** A short remark about something that has happened. */
export interface ToastNote {
  id: number;
  intent: 'success' | 'info' | 'warning' | 'error';
  title: string;
  text: string | null;
}

const shortMs = 5000;
const longMs = 15_000;

/** Shows remarks in a corner, one after the other; faults stay longer. `onShown` takes them off the list. */
export const Toasts = (props: { notes: readonly ToastNote[]; onShown: (id: number) => void }): ReactElement => {
  const toasterId = useId('toasts');
  const { dispatchToast } = useToastController(toasterId);
  const { notes, onShown } = props;
  useEffect(() => {
    for (const note of notes) {
      dispatchToast(
        <Toast>
          <ToastTitle>{note.title}</ToastTitle>
          {note.text === null ? null : <ToastBody>{note.text}</ToastBody>}
        </Toast>,
        {
          intent: note.intent,
          timeout: note.intent === 'error' || note.intent === 'warning' ? longMs : shortMs,
          pauseOnHover: true,
        },
      );
      onShown(note.id);
    }
  }, [notes, onShown, dispatchToast]);
  return <Toaster toasterId={toasterId} position="bottom-end" limit={4} />;
};
