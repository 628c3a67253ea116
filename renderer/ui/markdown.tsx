import { Link, makeStyles, tokens } from '@fluentui/react-components';
import { lexer, type Token, type Tokens } from 'marked';
import { createElement, Fragment, type ReactElement, type ReactNode } from 'react';

const useStyles = makeStyles({
  text: {
    maxWidth: '84ch',
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    userSelect: 'text',
    '& h3': { fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500, margin: '0 0 8px' },
    '& h4': { fontSize: tokens.fontSizeBase400, lineHeight: tokens.lineHeightBase400, margin: '20px 0 6px' },
    '& h3:focus, & h4:focus': { outline: 'none' },
    '& p, & ul, & ol, & pre, & table': { margin: '0 0 10px' },
    '& ul, & ol': { paddingInlineStart: '22px' },
    '& code': { fontFamily: tokens.fontFamilyMonospace, fontSize: '0.92em' },
    '& pre': {
      padding: '8px 10px',
      overflowX: 'auto',
      backgroundColor: tokens.colorNeutralBackground3,
      borderRadius: tokens.borderRadiusMedium,
    },
    '& table': { borderCollapse: 'collapse', display: 'block', overflowX: 'auto' },
    '& th, & td': {
      textAlign: 'start',
      verticalAlign: 'top',
      padding: '4px 8px',
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    },
  },
});

/** Below the window's own title. */
const headingShift = 2;

/**
 * Markdown as elements, so that no text of a file becomes markup of the page. Pictures are left out: what they show is
 * behind the window. `onLink` decides where a link leads; null: it is read as text.
 */
export const Markdown = (props: { text: string; onLink: (target: string) => (() => void) | null }): ReactElement => {
  const styles = useStyles();
  const inline = (tokens: readonly Token[] | undefined): ReactNode =>
    (tokens ?? []).map((token, at) => <Fragment key={at}>{inlineOf(token)}</Fragment>);
  const inlineOf = (token: Token): ReactNode => {
    switch (token.type) {
      case 'strong':
        return <strong>{inline(token.tokens)}</strong>;
      case 'em':
        return <em>{inline(token.tokens)}</em>;
      case 'codespan':
        return <code>{textOf(token)}</code>;
      case 'br':
        return <br />;
      case 'link': {
        const go = props.onLink((token as Tokens.Link).href);
        if (go === null) return inline(token.tokens);
        return (
          <Link as="button" inline onClick={go}>
            {inline(token.tokens)}
          </Link>
        );
      }
      case 'image':
      case 'html':
        return null;
      default:
        return 'tokens' in token && token.tokens !== undefined ? inline(token.tokens) : textOf(token);
    }
  };
  const block = (token: Token): ReactNode => {
    switch (token.type) {
      case 'heading':
        return createElement(
          `h${Math.min(6, (token as Tokens.Heading).depth + headingShift)}`,
          { tabIndex: -1, 'data-section': textOf(token) },
          inline(token.tokens),
        );
      case 'paragraph':
        return isPicture(token) ? null : <p>{inline(token.tokens)}</p>;
      case 'list': {
        const list = token as Tokens.List;
        return createElement(
          list.ordered ? 'ol' : 'ul',
          {},
          list.items.map((item, at) => <li key={at}>{blocks(item.tokens)}</li>),
        );
      }
      case 'code':
        // Long lines are scrolled to, by keyboard too.
        return (
          <pre tabIndex={0}>
            <code>{textOf(token)}</code>
          </pre>
        );
      case 'table': {
        const { header, rows } = token as Tokens.Table;
        return (
          <table tabIndex={0}>
            <thead>
              <tr>
                {header.map((cell, at) => (
                  <th key={at} scope="col">
                    {inline(cell.tokens)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, column) => (
                    <td key={column}>{inline(cell.tokens)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        );
      }
      case 'text':
        return inline(token.tokens) ?? textOf(token);
      default:
        return null;
    }
  };
  const blocks = (tokens: readonly Token[]): ReactNode =>
    tokens.map((token, at) => <Fragment key={at}>{block(token)}</Fragment>);
  return <div className={styles.text}>{blocks(lexer(props.text))}</div>;
};

const textOf = (token: Token): string => ('text' in token ? String(token.text) : token.raw);

const isPicture = (token: Token): boolean => {
  const tokens = 'tokens' in token ? (token.tokens ?? []) : [];
  return tokens.length > 0 && tokens.every(({ type, raw }) => type === 'image' || raw.trim() === '');
};
