import { create } from 'zustand';
import type { FormDialogProps } from '../ui/form-dialog.tsx';

export type DialogRequest = Omit<FormDialogProps, 'onClose' | 'problemOf' | 'cancelLabel' | 'lineLabel'>;

/** The small dialog that is open: a question, or a few fields. */
export const useDialog = create<{ request: DialogRequest | null; serial: number }>(() => ({
  request: null,
  serial: 0,
}));

export function openDialog(request: DialogRequest): void {
  useDialog.setState(({ serial }) => ({ request, serial: serial + 1 }));
}

export function closeDialog(): void {
  useDialog.setState({ request: null });
}
