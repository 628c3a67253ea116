import {
  Button,
  Dialog,
  DialogSurface,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Spinner,
  tokens,
} from '@fluentui/react-components';
import { type KeyboardEvent, type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { StepList, type StepView } from './step-list.tsx';
import { say } from '../../say.ts';

/** What went wrong and belongs to no single field: said above the page until something is done about it. */
export interface WizardFailure {
  message: string;
  advice?: string | undefined;
}

/** Where focus goes next: a field by its name, or the page's first field. A new object is a new request. */
export interface FocusRequest {
  field: string | null;
}

export interface WizardFrameProps {
  title: string;
  steps: readonly StepView[];
  /** Text under the page's heading. */
  intro?: string | undefined;
  children: ReactNode;
  failure: WizardFailure | null;
  focus: FocusRequest;
  busy: boolean;
  /** True when closing would lose what was entered. */
  dirty: boolean;
  finishLive: boolean;
  finishLabel?: string | undefined;
  onChoose: (stepId: string) => void;
  /** Absent on the first step. */
  onPrevious?: (() => void) | undefined;
  /** Absent on the last step. */
  onNext?: (() => void) | undefined;
  onFinish: () => void;
  onHelp: () => void;
  onClose: () => void;
}

const useStyles = makeStyles({
  surface: {
    width: 'min(940px, calc(100vw - 24px))',
    maxWidth: 'none',
    height: 'min(640px, calc(100vh - 24px))',
    maxHeight: 'none',
    padding: 0,
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    display: 'grid',
    gridTemplateRows: 'auto minmax(0, 1fr) auto',
    gridTemplateColumns: '220px minmax(0, 1fr)',
    gridTemplateAreas: '"head head" "steps page" "foot foot"',
    overflow: 'hidden',
    '@media (max-width: 760px)': {
      gridTemplateColumns: 'minmax(0, 1fr)',
      gridTemplateRows: 'auto auto minmax(0, 1fr) auto',
      gridTemplateAreas: '"head" "steps" "page" "foot"',
    },
  },
  head: {
    gridArea: 'head',
    margin: 0,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    fontSize: tokens.fontSizeBase400,
    lineHeight: tokens.lineHeightBase400,
    fontWeight: tokens.fontWeightSemibold,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-height: 480px)': { paddingTop: tokens.spacingVerticalXS, paddingBottom: tokens.spacingVerticalXS },
  },
  steps: {
    gridArea: 'steps',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
    overflowY: 'auto',
    '@media (max-width: 760px)': { borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  },
  page: {
    gridArea: 'page',
    overflowY: 'auto',
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXL}`,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
  },
  heading: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    ':focus': { outline: 'none' },
  },
  intro: { margin: 0, color: tokens.colorNeutralForeground2, maxWidth: '68ch' },
  headingBlock: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS },
  foot: {
    gridArea: 'foot',
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'flex-end',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalS,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-height: 480px)': { paddingTop: tokens.spacingVerticalXS, paddingBottom: tokens.spacingVerticalXS },
  },
  help: { marginInlineEnd: 'auto' },
  apart: { marginInlineStart: tokens.spacingHorizontalL },
  message: { flexShrink: 0 },
});

const entries = ['input', 'select', 'textarea'].map((tag) => `${tag}:not([disabled])`);
const focusable = [...entries, 'button:not([disabled])', '[tabindex="0"]'].join(',');

/** A page without entries, and the last one, is to be read: its heading has the focus, and Enter is the primary action. */
const entryOf = (area: HTMLElement, last: boolean): HTMLElement | undefined =>
  last
    ? undefined
    : [...area.querySelectorAll<HTMLElement>(entries.join(','))].find((entry) => entry.closest('table') === null);

/** Controls that use Enter themselves: everything else hands it to the primary action. */
const keepsEnter = (target: EventTarget): boolean =>
  target instanceof Element &&
  target.closest('button,a,textarea,summary,[role="combobox"],[role="option"],[role="menuitem"],[data-own-enter]') !==
    null;

/** The control of a field; of `machines.0.name`, when only the list of machines is there, the list. */
const fieldIn = (area: HTMLElement, name: string): Element | null => {
  const parts = name.split('.');
  for (let length = parts.length; length > 0; length -= 1) {
    const found = area.querySelector(`[data-field="${CSS.escape(parts.slice(0, length).join('.'))}"]`);
    if (found !== null) return found;
  }
  return null;
};

const shortcut = (event: KeyboardEvent): 'next' | 'previous' | 'finish' | null => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return null;
  if (event.code === 'KeyN') return 'next';
  if (event.code === 'KeyP') return 'previous';
  if (event.code === 'KeyF') return 'finish';
  return null;
};

/**
 * The frame of every wizard: steps at the left, the page at the right, Previous, Next, Finish and Cancel below.
 * Enter is the primary action (Next, on the last step Finish), Alt+N/P/F name one, Esc and Cancel ask when
 * something was entered. It decides nothing: what is reachable and valid comes from outside.
 */
export const WizardFrame = (props: WizardFrameProps): ReactElement => {
  const styles = useStyles();
  const titleId = useId();
  const page = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [asking, setAsking] = useState(false);
  const { focus } = props;
  const last = props.onNext === undefined;
  const current = props.steps.find((step) => step.current);

  useEffect(() => {
    const move = () => {
      const area = page.current;
      if (area === null) return;
      const field = focus.field === null ? null : fieldIn(area, focus.field);
      const wanted = field === null ? entryOf(area, last) : field.querySelector<HTMLElement>(focusable);
      if (field === null) area.scrollTop = 0;
      (wanted ?? heading.current)?.focus();
      if (wanted instanceof HTMLInputElement && wanted.type === 'text') wanted.select();
      wanted?.scrollIntoView({ block: 'nearest' });
    };
    // At once, so that no key falls between two pages; and a frame later, because an opening dialog focuses its
    // own first control after this.
    move();
    const frame = requestAnimationFrame(() => {
      if (page.current?.contains(document.activeElement) !== true) move();
    });
    return () => cancelAnimationFrame(frame);
  }, [focus, last]);

  const cancel = () => {
    if (props.busy) return;
    if (props.dirty) setAsking(true);
    else props.onClose();
  };
  const finish = () => {
    if (props.finishLive && !props.busy) props.onFinish();
  };
  const next = () => {
    if (!props.busy) props.onNext?.();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // React hands on keys of dialogs opened over this one; they are not for the wizard below.
    if (event.defaultPrevented || !(event.target instanceof Node) || !event.currentTarget.contains(event.target))
      return;
    const named = shortcut(event);
    if (named !== null) {
      event.preventDefault();
      if (named === 'next') next();
      else if (named === 'finish') finish();
      else if (!props.busy) props.onPrevious?.();
      return;
    }
    if (event.key === 'Enter' && !event.altKey && !event.ctrlKey && !keepsEnter(event.target)) {
      event.preventDefault();
      if (props.onNext === undefined) finish();
      else next();
    }
  };

  return (
    <Dialog
      open
      modalType="modal"
      onOpenChange={(_event, data) => {
        if (data.type === 'escapeKeyDown') cancel();
      }}
    >
      <DialogSurface className={styles.surface} aria-labelledby={titleId} onKeyDown={onKeyDown} aria-busy={props.busy}>
        <h1 id={titleId} className={styles.head}>
          {props.title}
        </h1>
        <div className={styles.steps}>
          <StepList steps={props.steps} onChoose={props.onChoose} />
        </div>
        <div ref={page} className={styles.page}>
          <div className={styles.headingBlock}>
            <h2 ref={heading} tabIndex={-1} className={styles.heading}>
              {current?.title}
            </h2>
            {props.intro === undefined ? null : <p className={styles.intro}>{props.intro}</p>}
          </div>
          {props.failure === null ? null : (
            <MessageBar intent="error" layout="multiline" className={styles.message} role="alert">
              <MessageBarBody>
                <MessageBarTitle>{props.failure.message}</MessageBarTitle> {props.failure.advice}
              </MessageBarBody>
            </MessageBar>
          )}
          {props.children}
        </div>
        <div className={styles.foot}>
          <Button className={styles.help} appearance="subtle" onClick={props.onHelp} aria-keyshortcuts="F1">
            {say('Help')}
          </Button>
          {props.busy ? <Spinner size="tiny" label={say('Saving…')} /> : null}
          <Button
            disabled={props.onPrevious === undefined || props.busy}
            onClick={props.onPrevious}
            aria-keyshortcuts="Alt+P"
          >
            {say('Previous')}
          </Button>
          <Button
            appearance={props.onNext === undefined ? 'secondary' : 'primary'}
            disabled={props.onNext === undefined || props.busy}
            onClick={next}
            aria-keyshortcuts="Alt+N"
          >
            {say('Next')}
          </Button>
          <Button
            appearance={props.onNext === undefined ? 'primary' : 'secondary'}
            disabled={!props.finishLive || props.busy}
            onClick={finish}
            aria-keyshortcuts="Alt+F"
          >
            {props.finishLabel ?? say('Finish')}
          </Button>
          <Button className={styles.apart} disabled={props.busy} onClick={cancel} aria-keyshortcuts="Escape">
            {say('Cancel')}
          </Button>
        </div>
        {asking ? (
          <ConfirmDialog
            title={say('Close without saving?')}
            text={say('What you entered in this wizard is lost.')}
            confirm={say('Close without saving')}
            refuse={say('Go on editing')}
            onConfirm={props.onClose}
            onRefuse={() => setAsking(false)}
          />
        ) : null}
      </DialogSurface>
    </Dialog>
  );
};
