import {
  Button,
  makeStyles,
  mergeClasses,
  Tab,
  TabList,
  tokens,
  useArrowNavigationGroup,
} from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

export interface RibbonItem {
  id: string;
  label: string;
  icon: IconName;
  keys?: string | undefined;
  /** Why it cannot be done now. */
  refusal: string | null;
  /** The same on the command line. */
  line: string | null;
  run: () => void;
}

export interface RibbonTab {
  id: string;
  label: string;
  /** Belongs to what is selected. */
  contextual: boolean;
  groups: readonly { label: string; items: readonly RibbonItem[] }[];
}

const useStyles = makeStyles({
  ribbon: {
    flexShrink: 0,
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  strip: { display: 'flex', alignItems: 'center', height: '30px', paddingInlineEnd: '8px', gap: '8px' },
  product: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    margin: 0,
    padding: '0 12px',
    fontSize: '13px',
    fontWeight: tokens.fontWeightSemibold,
    whiteSpace: 'nowrap',
  },
  tabs: { flexGrow: 1, minWidth: 0, overflow: 'hidden' },
  tab: { padding: '4px 10px', minHeight: '28px', '& .fui-Tab__content': { fontSize: '12px', lineHeight: '16px' } },
  contextual: { color: tokens.colorBrandForeground1 },
  panel: {
    display: 'flex',
    alignItems: 'stretch',
    height: '76px',
    overflowX: 'auto',
    overflowY: 'hidden',
    scrollbarWidth: 'thin',
    backgroundColor: tokens.colorNeutralBackground1,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-height: 520px)': { height: '56px' },
  },
  group: {
    display: 'flex',
    flexDirection: 'column',
    justifyContent: 'space-between',
    padding: '3px 6px 1px',
    borderInlineEndWidth: '1px',
    borderInlineEndStyle: 'solid',
    borderInlineEndColor: tokens.colorNeutralStroke2,
    flexShrink: 0,
  },
  items: { display: 'flex', flexGrow: 1 },
  caption: {
    textAlign: 'center',
    fontSize: '11px',
    lineHeight: '14px',
    color: tokens.colorNeutralForeground3,
    whiteSpace: 'nowrap',
    '@media (max-height: 520px)': { display: 'none' },
  },
  item: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'flex-start',
    gap: '2px',
    width: 'max-content',
    maxWidth: '96px',
    minWidth: '48px',
    padding: '4px 5px 0',
    border: 'none',
    borderRadius: '3px',
    font: 'inherit',
    fontSize: '11px',
    lineHeight: '13px',
    color: tokens.colorNeutralForeground1,
    backgroundColor: 'transparent',
    cursor: 'default',
    textAlign: 'center',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover, color: tokens.colorNeutralForeground2Hover },
    ':active': { backgroundColor: tokens.colorSubtleBackgroundPressed },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  // Longer words of another language are cut after two lines; the tooltip has them whole.
  label: {
    display: '-webkit-box',
    WebkitLineClamp: 2,
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
    overflowWrap: 'anywhere',
    maxWidth: '100%',
  },
  refused: {
    color: tokens.colorNeutralForegroundDisabled,
    ':hover': { backgroundColor: 'transparent' },
    ':active': { backgroundColor: 'transparent' },
  },
  glyph: { display: 'inline-flex', height: '20px', alignItems: 'center', color: tokens.colorBrandForeground1 },
  glyphRefused: { color: tokens.colorNeutralForegroundDisabled },
  small: { minWidth: 0, height: '24px', padding: '0 5px' },
});

/** Why not, or what, how by keyboard, and how on the command line. */
function tooltipOf({ refusal, label, keys, line }: RibbonItem): string {
  if (refusal !== null) return refusal;
  const what = keys === undefined ? label : `${label} (${keys})`;
  return line === null ? what : `${what}\n${line}`;
}

/** The ribbon: tabs of commands. Refused commands can be reached and say why. */
export const Ribbon = (props: {
  product: ReactNode;
  label: string;
  tabs: readonly RibbonTab[];
  selectedId: string;
  onSelect: (id: string) => void;
  minimised: boolean;
  onMinimise: (minimised: boolean) => void;
  minimiseLabel: string;
  end: ReactNode;
}): ReactElement => {
  const styles = useStyles();
  const arrows = useArrowNavigationGroup({ axis: 'horizontal', memorizeCurrent: true });
  const tab = props.tabs.find((other) => other.id === props.selectedId) ?? props.tabs[0];
  return (
    <header className={styles.ribbon} data-region>
      <div className={styles.strip}>
        <h1 className={styles.product}>{props.product}</h1>
        <TabList
          className={styles.tabs}
          size="small"
          selectedValue={tab?.id ?? null}
          aria-label={props.label}
          onTabSelect={(_event, data) => {
            props.onSelect(String(data.value));
            if (props.minimised) props.onMinimise(false);
          }}
        >
          {props.tabs.map((other) => (
            <Tab
              key={other.id}
              value={other.id}
              id={`ribbon-tab-${other.id}`}
              aria-controls="ribbon-panel"
              className={mergeClasses(styles.tab, other.contextual && styles.contextual)}
              onDoubleClick={() => props.onMinimise(true)}
            >
              {other.label}
            </Tab>
          ))}
        </TabList>
        {props.end}
        <Button
          className={styles.small}
          appearance="subtle"
          size="small"
          aria-label={props.minimiseLabel}
          title={props.minimiseLabel}
          aria-expanded={!props.minimised}
          icon={<Icon name={props.minimised ? 'chevronDown' : 'chevronUp'} />}
          onClick={() => props.onMinimise(!props.minimised)}
        />
      </div>
      <div
        id="ribbon-panel"
        role="tabpanel"
        aria-labelledby={tab === undefined ? undefined : `ribbon-tab-${tab.id}`}
        hidden={props.minimised}
      >
        {props.minimised || tab === undefined ? null : (
          <div className={styles.panel} role="toolbar" aria-label={tab.label} {...arrows}>
            {tab.groups.map((group) => (
              <div key={group.label} role="group" aria-label={group.label} className={styles.group}>
                <div className={styles.items}>
                  {group.items.map((item) => (
                    <button
                      key={item.id}
                      type="button"
                      className={mergeClasses(styles.item, item.refusal !== null && styles.refused)}
                      aria-disabled={item.refusal !== null}
                      aria-keyshortcuts={item.keys}
                      title={tooltipOf(item)}
                      aria-description={item.refusal ?? undefined}
                      onClick={() => {
                        if (item.refusal === null) item.run();
                      }}
                    >
                      <span className={mergeClasses(styles.glyph, item.refusal !== null && styles.glyphRefused)}>
                        <Icon name={item.icon} size={20} />
                      </span>
                      <span className={styles.label}>{item.label}</span>
                    </button>
                  ))}
                </div>
                <div className={styles.caption} aria-hidden>
                  {group.label}
                </div>
              </div>
            ))}
          </div>
        )}
      </div>
    </header>
  );
};
