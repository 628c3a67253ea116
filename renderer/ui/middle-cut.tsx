import { makeStyles } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { fitMiddle } from './fit-middle.ts';

let context: CanvasRenderingContext2D | null = null;
const known = new Map<string, number>();
const knownLimit = 20_000;

/** Width of a text as the grid writes it. Measured on a canvas, which needs no layout; remembered. */
function widthOf(text: string): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (context === null) {
    context = document.createElement('canvas').getContext('2d');
    if (context === null) return text.length * 7;
    const base = document.querySelector('.fui-FluentProvider') ?? document.body;
    context.font = `12px ${getComputedStyle(base).fontFamily}`;
  }
  const width = context.measureText(text).width;
  if (known.size > knownLimit) known.clear();
  known.set(text, width);
  return width;
}

const useStyles = makeStyles({
  // Read out and found, and not seen.
  whole: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

/**
 * A name that is cut in the middle when there is no room, since names differ at their ends. Whole in the tooltip, for
 * assistive technology and for a search in the page.
 */
export const MiddleCut = ({ text, roomPx }: { text: string; roomPx: number }): ReactElement => {
  const styles = useStyles();
  const cut = fitMiddle(text, roomPx, widthOf);
  if (cut === text) return <span title={text}>{text}</span>;
  return (
    <>
      <span title={text} aria-hidden>
        {cut}
      </span>
      <span className={styles.whole}>{text}</span>
    </>
  );
};
