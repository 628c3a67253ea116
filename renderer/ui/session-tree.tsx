import { Link, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { StatusIcon, type StatusShape } from './status-icon.tsx';

const useStyles = makeStyles({
  list: { margin: 0, padding: '4px 0 4px 10px', listStyleType: 'none' },
  inner: {
    padding: '0 0 0 14px',
    marginInlineStart: '7px',
    borderInlineStartWidth: '1px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: tokens.colorNeutralStroke2,
  },
  line: { display: 'flex', alignItems: 'center', gap: '8px', minHeight: '24px', paddingInlineEnd: '10px' },
  name: {
    fontSize: '12px',
    lineHeight: '16px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    minWidth: 0,
  },
  here: { fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap' },
});

export interface SessionNode {
  id: string;
  parentId: string | null;
  name: string;
  remark: string;
  state: { shape: StatusShape; word: string };
}

/** Sessions under the one that began them; the one on show is marked, the others can be opened. */
export const SessionTree = (props: {
  label: string;
  nodes: readonly SessionNode[];
  currentId: string;
  onOpen: (id: string) => void;
}): ReactElement => {
  const known = new Set(props.nodes.map((node) => node.id));
  const roots = props.nodes.filter((node) => node.parentId === null || !known.has(node.parentId));
  return <Level {...props} level={roots} inner={false} />;
};

const Level = (props: {
  label: string;
  nodes: readonly SessionNode[];
  level: readonly SessionNode[];
  inner: boolean;
  currentId: string;
  onOpen: (id: string) => void;
}): ReactElement | null => {
  const styles = useStyles();
  if (props.level.length === 0) return null;
  return (
    <ul
      className={mergeClasses(styles.list, props.inner && styles.inner)}
      aria-label={props.inner ? undefined : props.label}
    >
      {props.level.map((node) => (
        <li key={node.id}>
          <div className={styles.line}>
            <StatusIcon {...node.state} iconOnly />
            {node.id === props.currentId ? (
              <span className={mergeClasses(styles.name, styles.here)} aria-current="true">
                {node.name}
              </span>
            ) : (
              <Link as="button" className={styles.name} onClick={() => props.onOpen(node.id)}>
                {node.name}
              </Link>
            )}
            <span className={styles.quiet}>{node.remark}</span>
          </div>
          <Level {...props} level={props.nodes.filter((other) => other.parentId === node.id)} inner />
        </li>
      ))}
    </ul>
  );
};
