import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { Icon, type IconName } from './icons.tsx';
import { MiddleCut } from './middle-cut.tsx';
import { StatusIcon, type StatusShape } from './status-icon.tsx';

const cardPx = 176;

const useStyles = makeStyles({
  frame: { display: 'flex', flexWrap: 'wrap', gap: '10px 24px', padding: '10px 12px', alignItems: 'flex-start' },
  lanes: { display: 'flex', flexWrap: 'wrap', gap: '8px', margin: 0, padding: 0, listStyleType: 'none' },
  lane: {
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    minWidth: `${cardPx}px`,
    padding: '6px 8px 8px',
    borderRadius: '4px',
    backgroundColor: tokens.colorNeutralBackground2,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  head: { display: 'flex', alignItems: 'center', gap: '6px', margin: 0, fontSize: '12px', lineHeight: '16px' },
  cards: { display: 'flex', flexDirection: 'column', gap: '4px', margin: 0, padding: 0, listStyleType: 'none' },
  card: {
    width: `${cardPx}px`,
    textAlign: 'start',
    font: 'inherit',
    color: 'inherit',
    padding: '4px 8px',
    borderRadius: '3px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  link: {
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  nothing: {
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground3,
  },
  quiet: { display: 'block', color: tokens.colorNeutralForeground3 },
  name: { display: 'block', fontWeight: tokens.fontWeightSemibold },
  rules: {
    flex: '1 1 230px',
    minWidth: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    margin: 0,
    padding: '4px 0',
    listStyleType: 'none',
    // Where the lanes leave no room beside them, what it comes to is said first.
    '@media (max-width: 1180px)': { order: -1, flexBasis: '100%' },
  },
  rule: { display: 'grid', gridTemplateColumns: '20px 18px minmax(0, 1fr)', alignItems: 'start', maxWidth: '46ch' },
  number: { fontSize: '14px', fontWeight: tokens.fontWeightBold },
});

export interface PlaceCard {
  id: string;
  name: string;
  /** What is there, and of when: one line each. */
  lines: readonly string[];
  state: { shape: StatusShape; word: string } | null;
  open: (() => void) | null;
}

export interface PlaceLane {
  id: string;
  icon: IconName;
  title: string;
  cards: readonly PlaceCard[];
  /** What stands here when nothing is. */
  nothing: string;
}

/** Where the copies of one thing are, from the machine to the tape, and whether they are enough. */
export const PlacesPicture = (props: {
  label: string;
  lanes: readonly PlaceLane[];
  rulesLabel: string;
  rules: readonly { number: number; holds: boolean; text: string; word: string }[];
}): ReactElement => {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <ol className={styles.lanes} aria-label={props.label}>
        {props.lanes.map((lane) => (
          <li key={lane.id} className={styles.lane}>
            <h3 className={styles.head}>
              <Icon name={lane.icon} />
              {lane.title}
            </h3>
            <ul className={styles.cards}>
              {lane.cards.length === 0 ? (
                <li className={mergeClasses(styles.card, styles.nothing)}>{lane.nothing}</li>
              ) : (
                lane.cards.map((card) => (
                  <li key={card.id}>
                    <Card card={card} />
                  </li>
                ))
              )}
            </ul>
          </li>
        ))}
      </ol>
      <ul className={styles.rules} aria-label={props.rulesLabel}>
        {props.rules.map((rule) => (
          <li key={rule.number} className={styles.rule}>
            <span className={styles.number}>{rule.number}</span>
            <StatusIcon shape={rule.holds ? 'success' : 'warning'} word={rule.word} iconOnly />
            <span>{rule.text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
};

const Card = ({ card }: { card: PlaceCard }): ReactElement => {
  const styles = useStyles();
  const content = (
    <>
      <span className={styles.name}>
        <MiddleCut text={card.name} roomPx={cardPx - 18} />
      </span>
      {card.lines.map((line) => (
        <span key={line} className={styles.quiet}>
          {line}
        </span>
      ))}
      {card.state === null ? null : <StatusIcon {...card.state} />}
    </>
  );
  return card.open === null ? (
    <div className={styles.card}>{content}</div>
  ) : (
    <button type="button" className={mergeClasses(styles.card, styles.link)} onClick={card.open}>
      {content}
    </button>
  );
};
