import { Button, Dialog, DialogSurface, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { useFocusBack } from './focus-back.ts';
import { Icon } from './icons.tsx';

const useStyles = makeStyles({
  surface: {
    width: 'min(1040px, calc(100vw - 24px))',
    maxWidth: 'none',
    height: 'min(720px, calc(100vh - 24px))',
    maxHeight: 'none',
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    overflow: 'hidden',
    fontSize: '12px',
    lineHeight: '16px',
  },
  head: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '8px 8px 8px 14px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground3,
    flexShrink: 0,
  },
  title: {
    margin: 0,
    flexGrow: 1,
    fontSize: '14px',
    lineHeight: '20px',
    fontWeight: tokens.fontWeightSemibold,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  body: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, overflowY: 'auto' },
  foot: {
    display: 'flex',
    justifyContent: 'flex-end',
    alignItems: 'center',
    gap: '8px',
    padding: '8px 14px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    flexShrink: 0,
  },
  space: { flexGrow: 1 },
});

/** A window over the console with a title, content and buttons; Esc closes it and stops nothing. */
export const WindowDialog = (props: {
  title: string;
  closeLabel: string;
  children: ReactNode;
  footStart?: ReactNode;
  actions: readonly { label: string; run: () => void; disabled?: boolean }[];
  onClose: () => void;
}): ReactElement => {
  const styles = useStyles();
  useFocusBack();
  return (
    <Dialog
      open
      modalType="modal"
      onOpenChange={(_event, data) => {
        if (!data.open) props.onClose();
      }}
    >
      <DialogSurface className={styles.surface} aria-label={props.title}>
        <div className={styles.head}>
          <h2 className={styles.title} title={props.title}>
            {props.title}
          </h2>
          <Button
            appearance="subtle"
            size="small"
            icon={<Icon name="dismiss" />}
            aria-label={props.closeLabel}
            onClick={props.onClose}
          />
        </div>
        <div className={styles.body}>{props.children}</div>
        <div className={styles.foot}>
          {props.footStart}
          <span className={styles.space} />
          {props.actions.map((action) => (
            <Button key={action.label} size="small" disabled={action.disabled ?? false} onClick={action.run}>
              {action.label}
            </Button>
          ))}
          <Button appearance="primary" size="small" onClick={props.onClose}>
            {props.closeLabel}
          </Button>
        </div>
      </DialogSurface>
    </Dialog>
  );
};
