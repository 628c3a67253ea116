import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarBody,
  mergeClasses,
  Spinner,
  tokens,
} from '@fluentui/react-components';
import { Fragment, type ReactElement, type ReactNode, useId } from 'react';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM, alignItems: 'flex-start' },
  // Buttons on the line of the control they belong to, below its label, whatever is said under it.
  beside: {
    '& > button': { marginTop: '26px', flexShrink: 0 },
    '& > div:first-child': { flex: '1 1 280px', width: 'auto' },
  },
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  tight: { gap: tokens.spacingVerticalXS },
  group: {
    border: 'none',
    margin: 0,
    padding: 0,
    minWidth: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
  },
  lines: { margin: 0, paddingInlineStart: tokens.spacingHorizontalXL, maxWidth: '80ch' },
  facts: {
    margin: 0,
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXXS,
    '& > dt': { color: tokens.colorNeutralForeground2 },
    '& > dd': { margin: 0 },
  },
  groupTitle: {
    margin: 0,
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    fontWeight: tokens.fontWeightSemibold,
  },
  details: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: tokens.spacingVerticalS },
  summary: {
    cursor: 'pointer',
    fontWeight: tokens.fontWeightSemibold,
    borderRadius: tokens.borderRadiusSmall,
    padding: `${tokens.spacingVerticalXXS} 0`,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  indent: { paddingInlineStart: '32px' },
  quiet: { margin: 0, color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, maxWidth: '80ch' },
  plain: { margin: 0, maxWidth: '72ch' },
  note: { flexShrink: 0, maxWidth: '640px' },
  problem: { color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200, margin: 0 },
});

/** Things beside each other; `align="field"` puts buttons on the line of the fields they belong to. */
export const Row = ({ children, align }: { children: ReactNode; align?: 'field' }): ReactElement => {
  const styles = useStyles();
  return <div className={mergeClasses(styles.row, align === 'field' && styles.beside)}>{children}</div>;
};

export const Stack = ({ children, tight }: { children: ReactNode; tight?: boolean }): ReactElement => {
  const styles = useStyles();
  return <div className={mergeClasses(styles.stack, tight === true && styles.tight)}>{children}</div>;
};

/** Fields that belong together, under a heading. */
export const Group = ({ title, children }: { title: string; children: ReactNode }): ReactElement => {
  const styles = useStyles();
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className={styles.group}>
      <h3 id={id} className={styles.groupTitle}>
        {title}
      </h3>
      {children}
    </div>
  );
};

/** What few need: closed until asked for, and opened when a field in it has a problem. */
export const Advanced = ({
  title,
  open,
  onToggle,
  children,
}: {
  title: string;
  open: boolean;
  onToggle: (open: boolean) => void;
  children: ReactNode;
}): ReactElement => {
  const styles = useStyles();
  return (
    <details className={styles.details} open={open} onToggle={(event) => onToggle(event.currentTarget.open)}>
      <summary className={styles.summary}>{title}</summary>
      <Stack>{children}</Stack>
    </details>
  );
};

/** More for those who want to know: closed until asked for. */
export const Disclosure = ({ title, children }: { title: string; children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return (
    <details>
      <summary className={styles.summary}>{title}</summary>
      <Stack tight>{children}</Stack>
    </details>
  );
};

export const Indent = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return <div className={mergeClasses(styles.indent, styles.stack)}>{children}</div>;
};

/** A line in a smaller, quieter voice. */
export const Quiet = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return <p className={styles.quiet}>{children}</p>;
};

export const Text = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return <p className={styles.plain}>{children}</p>;
};

/** The problem of something that is no single control (a list of machines). */
export const ProblemLine = ({ name, problem }: { name: string; problem: string | undefined }): ReactElement | null => {
  const styles = useStyles();
  return problem === undefined ? null : (
    <p className={styles.problem} role="alert" data-problem={name}>
      {problem}
    </p>
  );
};

/** Sentences that belong together, one under the other. */
export const Lines = ({ lines }: { lines: readonly string[] }): ReactElement => {
  const styles = useStyles();
  return (
    <ul className={styles.lines}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
};

/** What is known of something: a name and a value in each line. */
export const FactList = ({
  facts,
}: {
  facts: readonly (readonly [name: string, value: ReactNode])[];
}): ReactElement => {
  const styles = useStyles();
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
};

/** A remark that changes what someone would do. */
export const Note = ({
  intent,
  children,
}: {
  intent: 'info' | 'warning' | 'error' | 'success';
  children: ReactNode;
}): ReactElement => {
  const styles = useStyles();
  return (
    <MessageBar intent={intent} layout="multiline" className={styles.note}>
      <MessageBarBody>{children}</MessageBarBody>
    </MessageBar>
  );
};

export const ActionButton = (props: {
  label: string;
  onPress: () => void;
  disabled?: boolean | undefined;
  /** Longer name for screen readers when several buttons say the same. */
  name?: string | undefined;
  kind?: 'primary' | 'plain' | 'quiet' | undefined;
}): ReactElement => (
  <Button
    appearance={props.kind === 'primary' ? 'primary' : props.kind === 'quiet' ? 'subtle' : 'secondary'}
    // It keeps the focus when its own action leaves nothing more to do (Remove).
    disabledFocusable={props.disabled ?? false}
    aria-label={props.name}
    onClick={props.onPress}
  >
    {props.label}
  </Button>
);

/** Shown while the engine is asked; the words say for what. */
export const Working = ({ label }: { label: string }): ReactElement => (
  <Spinner size="tiny" label={label} labelPosition="after" style={{ alignSelf: 'flex-start' }} />
);
