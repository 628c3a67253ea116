import { makeStyles, tokens } from '@fluentui/react-components';
import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react';
import { Icon } from '../icons.tsx';
import { findMoves, type PictureCell, type SeenMove } from './cell.ts';
import { CellBox } from './cell-box.tsx';
import { poolColours } from './pool-colours.ts';

const useStyles = makeStyles({
  frame: {
    display: 'flex',
    flexGrow: 1,
    minHeight: 0,
    gap: '10px',
    padding: '10px',
    backgroundColor: tokens.colorNeutralBackground2,
    overflow: 'auto',
  },
  // In a low window it is scrolled; its lists keep the height of a heading and a row.
  side: {
    width: '208px',
    flexShrink: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    minHeight: 0,
    overflowY: 'auto',
  },
  cabinet: {
    flexGrow: 1,
    minWidth: '240px',
    minHeight: '120px',
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    padding: '6px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: '4px',
    backgroundColor: tokens.colorNeutralBackground3,
  },
  heading: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    margin: 0,
    fontSize: '12px',
    lineHeight: '16px',
    fontWeight: tokens.fontWeightSemibold,
    flexShrink: 0,
  },
  robot: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '6px 8px',
    borderRadius: '4px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    flexShrink: 0,
  },
  quiet: { color: tokens.colorNeutralForeground3 },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 12px',
    margin: 0,
    padding: '2px',
    listStyleType: 'none',
    flexShrink: 0,
  },
  key: { display: 'inline-flex', alignItems: 'center', gap: '5px' },
  swatch: { width: '5px', height: '14px', borderRadius: '1px' },
  mono: { fontFamily: tokens.fontFamilyMonospace },
  box: { display: 'flex', flexDirection: 'column', gap: '4px', minHeight: '78px' },
});

export interface LibraryPictureTexts {
  robot: string;
  robotIdle: string;
  robotHolds: (barcode: string) => string;
  moved: (move: { barcode: string; from: string; to: string }) => string;
  drives: string;
  mailSlots: string;
  slots: string;
  slotCount: (full: number, total: number) => string;
}

const shownMs = 6000;

/**
 * A library as one would see it with its door open: robot, drives, mail slots and slots, every cartridge with its
 * barcode, the colour of its pool and the shape of its state. Moves are seen, and said, as they happen.
 */
export const LibraryPicture = (props: {
  cells: readonly PictureCell[];
  selectedAddress: number | null;
  onSelect: (address: number) => void;
  onOpen: (address: number) => void;
  onMenu: (address: number, at: { x: number; y: number }) => void;
  texts: LibraryPictureTexts;
}): ReactElement => {
  const styles = useStyles();
  const { cells, texts } = props;
  const before = useRef<readonly PictureCell[]>(cells);
  const [moves, setMoves] = useState<SeenMove[]>([]);
  useEffect(() => {
    const seen = findMoves(before.current, cells);
    before.current = cells;
    if (seen.length === 0) return undefined;
    setMoves(seen);
    const timer = setTimeout(() => setMoves([]), shownMs);
    return () => clearTimeout(timer);
  }, [cells]);
  const { slots, drives, mail, hand, colours, fullSlots } = useMemo(() => {
    const ofType = (type: PictureCell['type']): PictureCell[] => cells.filter((cell) => cell.type === type);
    const allSlots = ofType('slot');
    return {
      slots: allSlots,
      fullSlots: allSlots.filter((slot) => slot.full).length,
      drives: ofType('drive'),
      mail: ofType('import-export'),
      hand: ofType('transport').find((cell) => cell.full),
      colours: poolColours([...new Set(cells.flatMap((cell) => cell.poolName ?? []))]),
    };
  }, [cells]);
  const arrived = useMemo(() => new Set(moves.map((move) => move.toAddress)), [moves]);
  const lastMove = moves.at(-1);
  const box = {
    colours,
    arrived,
    selectedAddress: props.selectedAddress,
    onSelect: props.onSelect,
    onOpen: props.onOpen,
    onMenu: props.onMenu,
  };
  return (
    <div className={styles.frame}>
      <div className={styles.side}>
        <div className={styles.robot}>
          <Icon name="move" size={20} />
          <span>
            <strong>{texts.robot}</strong>{' '}
            <span className={styles.quiet} role="status">
              {hand !== undefined
                ? texts.robotHolds(hand.barcode ?? '?')
                : lastMove === undefined
                  ? texts.robotIdle
                  : texts.moved(lastMove)}
            </span>
          </span>
        </div>
        <section className={styles.box}>
          <h3 className={styles.heading}>
            <Icon name="drive" />
            {texts.drives}
          </h3>
          <CellBox {...box} label={texts.drives} cells={drives} minCellPx={190} cellHeightPx={56} />
        </section>
        {mail.length === 0 ? null : (
          <section className={styles.box}>
            <h3 className={styles.heading}>
              <Icon name="import" />
              {texts.mailSlots}
            </h3>
            <CellBox {...box} label={texts.mailSlots} cells={mail} minCellPx={94} cellHeightPx={42} />
          </section>
        )}
        <ul className={styles.legend}>
          {[...colours].map(([name, colour]) => (
            <li key={name} className={styles.key}>
              <span data-own-colour className={styles.swatch} style={{ backgroundColor: colour }} />
              {name}
            </li>
          ))}
        </ul>
      </div>
      <section className={styles.cabinet}>
        <h3 className={styles.heading}>
          <Icon name="library" />
          {texts.slots}
          <span className={styles.quiet}>{texts.slotCount(fullSlots, slots.length)}</span>
        </h3>
        <CellBox {...box} label={texts.slots} cells={slots} minCellPx={108} cellHeightPx={42} grow />
      </section>
    </div>
  );
};
