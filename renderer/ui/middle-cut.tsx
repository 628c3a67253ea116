import { makeStyles } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { fitMiddle } from './fit-middle.ts';

let context: CanvasRenderingContext2D | null = null;
const known = new Map<string, number>();
const knownLimit = 20_000;
const usualPx = 7;

/** Width of one character as the grid writes it. Measured on a canvas, which needs no layout; remembered. */
function characterWidth(character: string): number {
  const before = known.get(character);
  if (before !== undefined) return before;
  if (context === null) {
    context = document.createElement('canvas').getContext('2d');
    if (context === null) return usualPx;
    const base = document.querySelector('.fui-FluentProvider') ?? document.body;
    context.font = `12px ${getComputedStyle(base).fontFamily}`;
  }
  const { width } = context.measureText(character);
  if (known.size > knownLimit) known.clear();
  known.set(character, width);
  return width;
}

/** Width of a text: that of its characters. Kerning makes it a little narrower; measuring texts would cost frames. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
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
