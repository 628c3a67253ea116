import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { type ReactElement, type ReactNode, useId } from 'react';

const useStyles = makeStyles({
  pane: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minHeight: 0,
    minWidth: 0,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  head: {
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    minHeight: '30px',
    padding: '0 8px',
    flexShrink: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  title: {
    margin: 0,
    fontSize: '12px',
    lineHeight: '16px',
    fontWeight: tokens.fontWeightSemibold,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    minWidth: 0,
  },
  tab: { padding: '3px 8px', minHeight: '26px', '& .fui-Tab__content': { fontSize: '12px', lineHeight: '16px' } },
  body: { flexGrow: 1, minHeight: 0, display: 'flex', flexDirection: 'column', overflow: 'auto' },
  quiet: { margin: 'auto', padding: '12px', color: tokens.colorNeutralForeground3, textAlign: 'center' },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    gap: '4px 16px',
    margin: 0,
    padding: '10px 12px',
    alignContent: 'start',
  },
  term: { color: tokens.colorNeutralForeground3, margin: 0 },
  value: { margin: 0, minWidth: 0, overflowWrap: 'anywhere', userSelect: 'text' },
  columns: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', columnGap: '32px' },
});

export interface DetailsTab {
  id: string;
  label: string;
  content: ReactNode;
}

/** What is known about the selection; several aspects stand on tabs. */
export const DetailsPane = (props: {
  title: string;
  tabs: readonly DetailsTab[];
  selectedTab: string;
  onTab: (id: string) => void;
}): ReactElement => {
  const styles = useStyles();
  const id = useId();
  const tab = props.tabs.find((other) => other.id === props.selectedTab) ?? props.tabs[0];
  return (
    <section className={styles.pane} aria-labelledby={`${id}-title`}>
      <div className={styles.head}>
        <h2 id={`${id}-title`} className={styles.title} title={props.title}>
          {props.title}
        </h2>
        {props.tabs.length < 2 ? null : (
          <TabList
            size="small"
            aria-labelledby={`${id}-title`}
            selectedValue={tab?.id ?? null}
            onTabSelect={(_event, data) => props.onTab(String(data.value))}
          >
            {props.tabs.map((other) => (
              <Tab key={other.id} id={`${id}-${other.id}`} value={other.id} className={styles.tab}>
                {other.label}
              </Tab>
            ))}
          </TabList>
        )}
      </div>
      <div
        className={styles.body}
        {...(props.tabs.length < 2 ? {} : { role: 'tabpanel', 'aria-labelledby': `${id}-${tab?.id ?? ''}` })}
      >
        {tab?.content}
      </div>
    </section>
  );
};

export const QuietLine = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return <p className={styles.quiet}>{children}</p>;
};

export interface Fact {
  label: string;
  value: ReactNode;
  hint?: string | undefined;
}

/** Facts in two columns: what, and how it is. Facts without a value are left out. */
export const FactList = ({ facts }: { facts: readonly (Fact | null)[] }): ReactElement => {
  const styles = useStyles();
  return (
    <dl className={styles.facts}>
      {facts.map((fact) =>
        fact === null || fact.value === null || fact.value === '' ? null : (
          <FactLine key={fact.label} fact={fact} term={styles.term} value={styles.value} />
        ),
      )}
    </dl>
  );
};

const FactLine = ({ fact, term, value }: { fact: Fact; term: string; value: string }): ReactElement => (
  <>
    <dt className={term}>{fact.label}</dt>
    <dd className={value} title={fact.hint}>
      {fact.value}
    </dd>
  </>
);

/** Lists of facts beside each other where there is room. */
export const FactColumns = ({ children }: { children: ReactNode }): ReactElement => {
  const styles = useStyles();
  return <div className={styles.columns}>{children}</div>;
};
