import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { Icon, type IconName } from './icons.tsx';

/** What a state means for the one who looks; each has a shape of its own. */
export type StatusShape =
  | 'success'
  | 'warning'
  | 'failed'
  | 'stopped'
  | 'running'
  | 'open'
  | 'waiting'
  | 'disabled'
  | 'offline'
  | 'protected'
  | 'unknown'
  | 'none'
  | 'info';

const icons: Record<StatusShape, IconName> = {
  success: 'success',
  warning: 'warning',
  failed: 'failed',
  stopped: 'stop',
  running: 'running',
  open: 'edit',
  waiting: 'waiting',
  disabled: 'disabled',
  offline: 'unplugged',
  protected: 'protected',
  unknown: 'unknown',
  none: 'none',
  info: 'info',
};

const useStyles = makeStyles({
  status: {
    display: 'inline-flex',
    alignItems: 'center',
    verticalAlign: 'top',
    gap: '6px',
    minWidth: 0,
    maxWidth: '100%',
  },
  icon: { display: 'inline-flex', flexShrink: 0, color: tokens.colorNeutralForeground3 },
  word: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  success: { color: tokens.colorPaletteGreenForeground1 },
  warning: { color: tokens.colorPaletteMarigoldForeground1 },
  failed: { color: tokens.colorPaletteRedForeground1 },
  running: { color: tokens.colorBrandForeground1 },
  open: { color: tokens.colorBrandForeground1 },
  waiting: { color: tokens.colorPaletteMarigoldForeground1 },
  info: { color: tokens.colorBrandForeground1 },
});

const colours = new Set<StatusShape>(['success', 'warning', 'failed', 'running', 'open', 'waiting', 'info']);

/** A state as a shape and a word. */
export const StatusIcon = (props: { shape: StatusShape; word: string; iconOnly?: boolean }): ReactElement => {
  const styles = useStyles();
  const colour = colours.has(props.shape) ? styles[props.shape as 'success'] : undefined;
  if (props.iconOnly === true) {
    return (
      <span className={mergeClasses(styles.icon, colour)} role="img" aria-label={props.word} title={props.word}>
        <Icon name={icons[props.shape]} />
      </span>
    );
  }
  if (props.word === '') return <></>;
  return (
    <span className={styles.status}>
      <span className={mergeClasses(styles.icon, colour)}>
        <Icon name={icons[props.shape]} />
      </span>
      <span className={styles.word}>{props.word}</span>
    </span>
  );
};
