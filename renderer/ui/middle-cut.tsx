import { makeStyles } from '@fluentui/react-components';
import type { ReactElement } from 'react';

const useStyles = makeStyles({
  text: { display: 'flex', minWidth: 0, maxWidth: '100%', whiteSpace: 'pre' },
  head: { overflow: 'hidden', textOverflow: 'ellipsis', flexShrink: 1, minWidth: '1ch' },
  tail: { flexShrink: 0 },
});

const tailLength = 10;

/** A name that is cut in the middle when there is no room, since names differ at their ends; whole in the tooltip. */
export const MiddleCut = ({ text }: { text: string }): ReactElement => {
  const styles = useStyles();
  if (text.length <= tailLength + 4) return <span title={text}>{text}</span>;
  return (
    <span className={styles.text} title={text}>
      <span className={styles.head}>{text.slice(0, -tailLength)}</span>
      <span className={styles.tail}>{text.slice(-tailLength)}</span>
    </span>
  );
};
