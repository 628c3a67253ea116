import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Spinner,
  tokens,
} from '@fluentui/react-components';
import type { KeyboardEvent, ReactElement, ReactNode } from 'react';
import { useFocusBack } from '../focus-back.ts';
import type { WizardFailure } from './wizard-frame.tsx';
import { say } from '../../say.ts';

const useStyles = makeStyles({
  surface: { maxWidth: 'min(720px, calc(100vw - 24px))' },
  body: { maxHeight: 'calc(100vh - 96px)' },
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
});

/** A small form over a wizard: Enter accepts, Esc closes; what was typed stays when it is refused. */
export const FormDialog = (props: {
  title: string;
  accept: string;
  acceptDisabled?: boolean;
  busy?: boolean;
  failure?: WizardFailure | null;
  onAccept: () => void;
  onClose: () => void;
  children: ReactNode;
}): ReactElement => {
  const styles = useStyles();
  useFocusBack();
  const accept = () => {
    if (props.busy !== true && props.acceptDisabled !== true) props.onAccept();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || !(event.target instanceof Element) || !event.currentTarget.contains(event.target)) {
      return;
    }
    if (event.key !== 'Enter' || event.target.closest('button,a,textarea,[data-own-enter]') !== null) return;
    event.preventDefault();
    accept();
  };
  return (
    <Dialog
      open
      modalType="modal"
      onOpenChange={(_event, data) => {
        if (data.type === 'escapeKeyDown' && props.busy !== true) props.onClose();
      }}
    >
      <DialogSurface className={styles.surface} onKeyDown={onKeyDown}>
        <DialogBody className={styles.body}>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent className={styles.content}>
            {props.failure == null ? null : (
              <MessageBar intent="error" layout="multiline" role="alert">
                <MessageBarBody>
                  {props.failure.message} {props.failure.advice}
                </MessageBarBody>
              </MessageBar>
            )}
            {props.children}
          </DialogContent>
          <DialogActions>
            {props.busy === true ? <Spinner size="tiny" /> : null}
            <Button
              appearance="primary"
              disabled={props.acceptDisabled === true || props.busy === true}
              onClick={accept}
            >
              {props.accept}
            </Button>
            <Button disabled={props.busy === true} onClick={props.onClose}>
              {say('Cancel')}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};
