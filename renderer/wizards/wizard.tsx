import { type ReactElement, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { openHelp } from '../state/help.ts';
import type { FieldBinding } from '../ui/wizard/field-binding.ts';
import { WizardFrame } from '../ui/wizard/wizard-frame.tsx';
import { useKeptDrafts } from './kept-drafts.ts';
import { refusalOf } from './problems.ts';
import * as steps from './wizard-state.ts';

/** What a page gets: the draft, how to change it, and how to tie a control to a field. */
export interface WizardHandle<Draft> {
  draft: Draft;
  update: (patch: Partial<Draft>) => void;
  bind: (field: string) => FieldBinding;
  /** The problem of a field or of anything in it: for lists, whose rows are no controls. */
  problemIn: (field: string) => string | undefined;
  goTo: (stepId: string) => void;
  /** The step whose page is shown. */
  step: string;
  /** True when an existing object is edited. */
  editing: boolean;
}

export interface WizardProps<Draft, Result> {
  title: string;
  rules: steps.WizardRules<Draft>;
  initial: Draft;
  editing?: boolean;
  finishLabel?: string;
  /** The page of the step `handle.step`. */
  children: (handle: WizardHandle<Draft>) => ReactNode;
  /** Saves; what it rejects with lands on its fields. */
  submit: (draft: Draft) => Promise<Result>;
  onDone: (result: Result) => void;
  onClose: () => void;
  /** Told of every draft, for questions to the engine that depend on it. */
  onDraft?: (draft: Draft) => void;
}

/** A wizard from its rules and pages: keeps the draft, moves between steps, and saves. */
export function Wizard<Draft extends object, Result>(props: WizardProps<Draft, Result>): ReactElement {
  const { rules } = props;
  const kept = useKeptDrafts();
  const [state, setState] = useState(() => {
    const earlier = kept?.get(props.title) as steps.WizardState<Draft> | undefined;
    return earlier === undefined
      ? steps.beginWizard(rules, props.initial, props.editing === true)
      : steps.takeUp(earlier);
  });
  useEffect(() => {
    kept?.set(props.title, state);
  }, [kept, props.title, state]);
  const ended = () => kept?.delete(props.title);
  const busy = useRef(false);

  const { onDraft } = props;
  useEffect(() => onDraft?.(state.draft), [onDraft, state.draft]);

  const update = useCallback((patch: Partial<Draft>) => setState((now) => steps.change(now, patch)), []);
  const bind = (field: string): FieldBinding => ({
    name: field,
    problem: steps.shownProblem(rules, state, field),
    onLeave: () => setState((now) => steps.leaveField(now, field)),
  });
  const handle: WizardHandle<Draft> = {
    draft: state.draft,
    update,
    bind,
    problemIn: (field) => steps.shownProblemIn(rules, state, field),
    goTo: (stepId) => setState((now) => steps.goTo(rules, now, stepId)),
    step: state.current,
    editing: state.editing,
  };

  const finish = () => {
    if (busy.current) return;
    const asked = steps.finish(rules, state);
    setState(asked);
    if (!asked.busy) return;
    busy.current = true;
    props
      .submit(asked.draft)
      .then(
        (result) => {
          ended();
          props.onDone(result);
        },
        (error: unknown) => setState((now) => steps.refuse(rules, now, refusalOf(error))),
      )
      .finally(() => {
        busy.current = false;
      });
  };

  const list = rules.steps(state.draft);
  const index = list.findIndex((step) => step.id === state.current);
  return (
    <WizardFrame
      title={props.title}
      steps={steps.stepViews(rules, state)}
      intro={list[index]?.intro}
      failure={state.failure}
      focus={state.focus}
      busy={state.busy}
      dirty={steps.isDirty(state)}
      finishLive={steps.finishLive(rules, state)}
      finishLabel={props.finishLabel}
      onChoose={handle.goTo}
      onPrevious={index > 0 ? () => setState((now) => steps.previous(rules, now)) : undefined}
      onNext={index < list.length - 1 ? () => setState((now) => steps.next(rules, now)) : undefined}
      onFinish={finish}
      onHelp={openHelp}
      onClose={() => {
        ended();
        props.onClose();
      }}
    >
      {props.children(handle)}
    </WizardFrame>
  );
}
