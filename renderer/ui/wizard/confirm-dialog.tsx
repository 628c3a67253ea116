import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
} from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { useFocusBack } from '../focus-back.ts';

const useStyles = makeStyles({ button: { whiteSpace: 'nowrap' } });

/** A question with two answers; Esc is the refusing one, and it has the focus. */
export const ConfirmDialog = (props: {
  title: string;
  text: string;
  confirm: string;
  refuse: string;
  onConfirm: () => void;
  onRefuse: () => void;
}): ReactElement => {
  const styles = useStyles();
  useFocusBack();
  return (
    <Dialog
      open
      modalType="alert"
      onOpenChange={(_event, data) => {
        if (!data.open) props.onRefuse();
      }}
    >
      <DialogSurface style={{ maxWidth: '500px' }}>
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent>{props.text}</DialogContent>
          <DialogActions>
            <Button appearance="primary" className={styles.button} onClick={props.onRefuse}>
              {props.refuse}
            </Button>
            <Button className={styles.button} onClick={props.onConfirm}>
              {props.confirm}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};
