import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components';
import type { ReactElement } from 'react';

/** A question with two answers; Esc is the refusing one, and it has the focus. */
export const ConfirmDialog = (props: {
  title: string;
  text: string;
  confirm: string;
  refuse: string;
  onConfirm: () => void;
  onRefuse: () => void;
}): ReactElement => (
  <Dialog
    open
    modalType="alert"
    onOpenChange={(_event, data) => {
      if (!data.open) props.onRefuse();
    }}
  >
    <DialogSurface style={{ maxWidth: '440px' }}>
      <DialogBody>
        <DialogTitle>{props.title}</DialogTitle>
        <DialogContent>{props.text}</DialogContent>
        <DialogActions>
          <Button appearance="primary" onClick={props.onRefuse}>
            {props.refuse}
          </Button>
          <Button onClick={props.onConfirm}>{props.confirm}</Button>
        </DialogActions>
      </DialogBody>
    </DialogSurface>
  </Dialog>
);
