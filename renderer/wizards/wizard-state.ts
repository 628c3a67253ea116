import type { Failure, Problem, Refusal } from './problems.ts';

/** A step, and which fields it holds: a field belongs to the step that names it or one of its parents. */
export interface StepRule {
  id: string;
  title: string;
  intro?: string;
  fields: readonly string[];
}

/** What a wizard is made of, apart from its pages: pure, so that it can be tested without any. */
export interface WizardRules<Draft> {
  steps: (draft: Draft) => readonly StepRule[];
  /** Everything wrong with a draft, on any step. */
  problems: (draft: Draft) => readonly Problem[];
}

export interface WizardState<Draft> {
  draft: Draft;
  initial: Draft;
  current: string;
  /** Steps that have been shown; when editing, all of them are reachable from the start. */
  reached: readonly string[];
  editing: boolean;
  /** Fields that were left once: their problems show. */
  left: readonly string[];
  /** Steps that were passed or refused: all their problems show. */
  passed: readonly string[];
  /** What the engine said against fields; each goes when its field changes. */
  refused: readonly Problem[];
  failure: Failure | null;
  busy: boolean;
  /** Where focus goes next; a new object is a new request. */
  focus: { field: string | null };
}

const covers = (parent: string, field: string): boolean => field === parent || field.startsWith(`${parent}.`);

/** The step that holds a field: the one naming its nearest parent; null when none does. */
export const stepOfField = (steps: readonly StepRule[], field: string): StepRule | null => {
  let best: { step: StepRule; length: number } | null = null;
  for (const step of steps) {
    for (const name of step.fields) {
      if (covers(name, field) && name.length > (best?.length ?? -1)) best = { step, length: name.length };
    }
  }
  return best?.step ?? null;
};

export const beginWizard = <Draft>(rules: WizardRules<Draft>, draft: Draft, editing: boolean): WizardState<Draft> => {
  const steps = rules.steps(draft);
  const first = steps[0];
  if (first === undefined) throw new Error('A wizard has at least one step.');
  return {
    draft,
    initial: draft,
    current: first.id,
    reached: [first.id],
    editing,
    left: [],
    passed: editing ? steps.map((step) => step.id) : [],
    refused: [],
    failure: null,
    busy: false,
    focus: { field: null },
  };
};

/** A wizard whose page was taken away goes on where it was; what was being saved has to be asked for again. */
export const takeUp = <Draft>(state: WizardState<Draft>): WizardState<Draft> => ({
  ...state,
  busy: false,
  focus: { field: null },
});

/** Everything known to be wrong, the engine's word included, in the order of the steps. */
export const allProblems = <Draft>(rules: WizardRules<Draft>, state: WizardState<Draft>): Problem[] => {
  const steps = rules.steps(state.draft);
  const order = (problem: Problem) => {
    const step = stepOfField(steps, problem.field);
    return step === null ? steps.length : steps.indexOf(step);
  };
  return [...state.refused, ...rules.problems(state.draft)].sort((a, b) => order(a) - order(b));
};

export const problemsOfStep = <Draft>(
  rules: WizardRules<Draft>,
  state: WizardState<Draft>,
  stepId: string,
): Problem[] => {
  const steps = rules.steps(state.draft);
  return allProblems(rules, state).filter((problem) => stepOfField(steps, problem.field)?.id === stepId);
};

/** The message to show at a field now: after it was left, its step passed, or the engine refused it. */
export const shownProblem = <Draft>(
  rules: WizardRules<Draft>,
  state: WizardState<Draft>,
  field: string,
): string | undefined => {
  const refused = state.refused.find((problem) => problem.field === field);
  if (refused !== undefined) return refused.message;
  const step = stepOfField(rules.steps(state.draft), field);
  const shows = state.left.includes(field) || (step !== null && state.passed.includes(step.id));
  if (!shows) return undefined;
  return rules.problems(state.draft).find((problem) => problem.field === field)?.message;
};

/** The first message to show about a field or anything in it. */
export const shownProblemIn = <Draft>(
  rules: WizardRules<Draft>,
  state: WizardState<Draft>,
  field: string,
): string | undefined =>
  allProblems(rules, state)
    .filter((problem) => covers(field, problem.field))
    .map((problem) => shownProblem(rules, state, problem.field))
    .find((message) => message !== undefined);

/** Values changed: the engine's remarks on them, or on parts of them, are out of date. */
export const change = <Draft extends object>(state: WizardState<Draft>, patch: Partial<Draft>): WizardState<Draft> => {
  const keys = Object.keys(patch);
  return {
    ...state,
    draft: { ...state.draft, ...patch },
    refused: state.refused.filter((problem) => !keys.some((key) => covers(key, problem.field))),
    failure: null,
  };
};

export const leaveField = <Draft>(state: WizardState<Draft>, field: string): WizardState<Draft> =>
  state.left.includes(field) ? state : { ...state, left: [...state.left, field] };

const withStep = (steps: readonly string[], id: string): readonly string[] =>
  steps.includes(id) ? steps : [...steps, id];

const show = <Draft>(state: WizardState<Draft>, stepId: string, field: string | null): WizardState<Draft> => ({
  ...state,
  current: stepId,
  reached: withStep(state.reached, stepId),
  focus: { field },
});

/** Leaves the current step for a reached one, in either direction; what is wrong on it shows from then on. */
export const goTo = <Draft>(
  rules: WizardRules<Draft>,
  state: WizardState<Draft>,
  stepId: string,
): WizardState<Draft> => {
  if (!isReachable(rules, state, stepId)) return state;
  if (stepId === state.current) return state;
  return show({ ...state, passed: withStep(state.passed, state.current) }, stepId, null);
};

/** Editing: everywhere. Else: steps that were shown. */
export const isReachable = <Draft>(rules: WizardRules<Draft>, state: WizardState<Draft>, stepId: string): boolean => {
  const steps = rules.steps(state.draft);
  if (!steps.some((step) => step.id === stepId)) return false;
  return state.editing || state.reached.includes(stepId);
};

/** The next step, unless something on this one is wrong: then the first such field. */
export const next = <Draft>(rules: WizardRules<Draft>, state: WizardState<Draft>): WizardState<Draft> => {
  const passed: WizardState<Draft> = { ...state, passed: withStep(state.passed, state.current) };
  const wrong = problemsOfStep(rules, passed, state.current)[0];
  if (wrong !== undefined) return { ...passed, focus: { field: wrong.field } };
  const steps = rules.steps(state.draft);
  const following = steps[steps.findIndex((step) => step.id === state.current) + 1];
  return following === undefined ? passed : show(passed, following.id, null);
};

/** The step before; nothing is checked on the way back. */
export const previous = <Draft>(rules: WizardRules<Draft>, state: WizardState<Draft>): WizardState<Draft> => {
  const steps = rules.steps(state.draft);
  const before = steps[steps.findIndex((step) => step.id === state.current) - 1];
  return before === undefined ? state : show(state, before.id, null);
};

/** Finish is live on the last step, and when editing on all of them. */
export const finishLive = <Draft>(rules: WizardRules<Draft>, state: WizardState<Draft>): boolean =>
  state.editing || rules.steps(state.draft).at(-1)?.id === state.current;

/**
 * Begins to save, or goes to the first thing that is wrong anywhere. What the engine refused is asked again:
 * the reason may have gone (a mount is back) without any field having changed.
 */
export const finish = <Draft>(rules: WizardRules<Draft>, state: WizardState<Draft>): WizardState<Draft> => {
  const asked: WizardState<Draft> = { ...state, refused: [], failure: null };
  const steps = rules.steps(state.draft);
  const wrong = allProblems(rules, asked)[0];
  if (wrong === undefined) return { ...asked, busy: true };
  const step = stepOfField(steps, wrong.field);
  const shown = { ...asked, passed: steps.map((one) => one.id), reached: steps.map((one) => one.id) };
  if (step === null) return { ...shown, failure: { message: wrong.message } };
  return show(shown, step.id, wrong.field);
};

/** The engine refused: its messages go to their fields, and the page of the first one opens; the draft stays. */
export const refuse = <Draft>(
  rules: WizardRules<Draft>,
  state: WizardState<Draft>,
  refusal: Refusal,
): WizardState<Draft> => {
  const steps = rules.steps(state.draft);
  const placed = refusal.problems.filter((problem) => stepOfField(steps, problem.field) !== null);
  const unplaced = refusal.problems.filter((problem) => stepOfField(steps, problem.field) === null);
  const failure =
    refusal.failure ??
    (unplaced.length === 0 ? null : { message: unplaced.map((problem) => problem.message).join(' ') });
  const refused: WizardState<Draft> = { ...state, busy: false, refused: placed, failure };
  const first = allProblems(rules, refused)[0];
  const step = first === undefined ? null : stepOfField(steps, first.field);
  return first === undefined || step === null ? refused : show(refused, step.id, first.field);
};

/** Whether closing would lose something. */
export const isDirty = <Draft>(state: WizardState<Draft>): boolean =>
  JSON.stringify(state.draft) !== JSON.stringify(state.initial);

/** The steps as the frame shows them. */
export const stepViews = <Draft>(
  rules: WizardRules<Draft>,
  state: WizardState<Draft>,
): {
  id: string;
  title: string;
  state: 'done' | 'current' | 'invalid' | 'not-reached';
  current: boolean;
  reachable: boolean;
}[] => {
  const steps = rules.steps(state.draft);
  const problems = allProblems(rules, state);
  return steps.map((step) => {
    const current = step.id === state.current;
    const judged = state.passed.includes(step.id);
    const wrong =
      problems.some((problem) => stepOfField(steps, problem.field)?.id === step.id) &&
      (judged || state.refused.some((problem) => stepOfField(steps, problem.field)?.id === step.id));
    return {
      id: step.id,
      title: step.title,
      state: wrong ? 'invalid' : current ? 'current' : judged ? 'done' : 'not-reached',
      current,
      reachable: isReachable(rules, state, step.id),
    };
  });
};
