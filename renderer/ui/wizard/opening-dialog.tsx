import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
  Spinner,
} from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { say } from '../../say.ts';

/** What stands in a wizard's place while the engine is asked for what it needs, or when that failed. */
export const OpeningDialog = (props: {
  title: string;
  failure: string | null;
  onRetry: () => void;
  onClose: () => void;
}): ReactElement => (
  <Dialog
    open
    modalType="modal"
    onOpenChange={(_event, data) => {
      if (data.type === 'escapeKeyDown') props.onClose();
    }}
  >
    <DialogSurface style={{ maxWidth: '440px' }}>
      <DialogBody>
        <DialogTitle>{props.title}</DialogTitle>
        <DialogContent>
          {props.failure === null ? (
            <Spinner size="small" label={say('Asking the engine…')} labelPosition="after" />
          ) : (
            <MessageBar intent="error" layout="multiline" role="alert">
              <MessageBarBody>{props.failure}</MessageBarBody>
            </MessageBar>
          )}
        </DialogContent>
        <DialogActions>
          {props.failure === null ? null : (
            <Button appearance="primary" onClick={props.onRetry}>
              {say('Try again')}
            </Button>
          )}
          <Button onClick={props.onClose}>{say('Cancel')}</Button>
        </DialogActions>
      </DialogBody>
    </DialogSurface>
  </Dialog>
);
