import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';

const useStyles = makeStyles({
  table: { borderCollapse: 'collapse', width: '100%', maxWidth: '1000px' },
  caption: {
    textAlign: 'start',
    fontWeight: tokens.fontWeightSemibold,
    fontSize: '13px',
    padding: '10px 0 4px',
  },
  head: {
    textAlign: 'start',
    padding: '3px 8px',
    color: tokens.colorNeutralForeground2,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    fontWeight: tokens.fontWeightSemibold,
  },
  cell: { padding: '3px 8px', borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, verticalAlign: 'top' },
  none: { padding: '4px 8px', color: tokens.colorNeutralForeground3 },
});

/** A short table of words, for screen and paper. */
export const SimpleTable = (props: {
  caption: string;
  headers: readonly string[];
  rows: readonly { id: string; cells: readonly ReactNode[] }[];
  none: string;
}): ReactElement => {
  const styles = useStyles();
  return (
    <table className={styles.table}>
      <caption className={styles.caption}>{props.caption}</caption>
      <thead>
        <tr>
          {props.headers.map((header) => (
            <th key={header} scope="col" className={styles.head}>
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.length === 0 ? (
          <tr>
            <td colSpan={props.headers.length} className={styles.none}>
              {props.none}
            </td>
          </tr>
        ) : (
          props.rows.map((row) => (
            <tr key={row.id}>
              {row.cells.map((cell, at) => (
                <td key={props.headers[at]} className={styles.cell}>
                  {cell}
                </td>
              ))}
            </tr>
          ))
        )}
      </tbody>
    </table>
  );
};
