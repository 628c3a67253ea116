import { describe, expect, it } from 'vitest';
import * as steps from './wizard-state.ts';

interface Draft {
  name: string;
  machines: readonly { name: string }[];
  extra: boolean;
}

const rules: steps.WizardRules<Draft> = {
  steps: (draft) => [
    { id: 'name', title: 'Name', fields: ['name'] },
    { id: 'machines', title: 'Machines', fields: ['machines'] },
    ...(draft.extra ? [{ id: 'extra', title: 'Extra', fields: ['machines.0.name'] }] : []),
    { id: 'summary', title: 'Summary', fields: [] },
  ],
  problems: (draft) => [
    ...(draft.machines.length === 0 ? [{ field: 'machines', message: 'Add one.' }] : []),
    ...(draft.name === '' ? [{ field: 'name', message: 'Enter a name.' }] : []),
  ],
};
const empty: Draft = { name: '', machines: [], extra: false };
const good: Draft = { name: 'a', machines: [{ name: 'web01' }], extra: false };
const begin = (draft: Draft, editing = false) => steps.beginWizard(rules, draft, editing);
const states = (state: steps.WizardState<Draft>) => steps.stepViews(rules, state).map((view) => view.state);

describe('moving between steps', () => {
  it('passes a good page and remembers where it has been', () => {
    const second = steps.next(rules, begin({ ...empty, name: 'a' }));
    expect(second.current).toBe('machines');
    expect(states(second)).toEqual(['done', 'current', 'not-reached']);
    expect(steps.previous(rules, second).current).toBe('name');
  });

  it('stays on a bad page, shows what is wrong and asks for focus there', () => {
    const stuck = steps.next(rules, begin(empty));
    expect(stuck.current).toBe('name');
    expect(stuck.focus).toEqual({ field: 'name' });
    expect(steps.shownProblem(rules, stuck, 'name')).toBe('Enter a name.');
    expect(states(stuck)[0]).toBe('invalid');
  });

  it('goes back from a bad page, which then says so', () => {
    const second = steps.next(rules, begin({ ...empty, name: 'a' }));
    const back = steps.goTo(rules, second, 'name');
    expect(back.current).toBe('name');
    expect(states(back)).toEqual(['current', 'invalid', 'not-reached']);
  });

  it('does not jump to a step that was never shown', () => {
    const state = begin(good);
    expect(steps.goTo(rules, state, 'summary')).toBe(state);
    expect(steps.stepViews(rules, state).map((view) => view.reachable)).toEqual([true, false, false]);
  });

  it('reaches every step when editing, with Finish live on all of them', () => {
    const state = begin(good, true);
    expect(steps.stepViews(rules, state).every((view) => view.reachable)).toBe(true);
    expect(steps.finishLive(rules, state)).toBe(true);
    expect(steps.finishLive(rules, begin(good))).toBe(false);
  });
});

describe('what is shown against a field', () => {
  it('says nothing before the field was left', () => {
    const state = begin(empty);
    expect(steps.shownProblem(rules, state, 'name')).toBeUndefined();
    expect(steps.shownProblem(rules, steps.leaveField(state, 'name'), 'name')).toBe('Enter a name.');
  });

  it('finds the step that names the nearest parent of a field', () => {
    const list = rules.steps({ ...good, extra: true });
    expect(steps.stepOfField(list, 'machines.0.name')?.id).toBe('extra');
    expect(steps.stepOfField(list, 'machines.1.name')?.id).toBe('machines');
    expect(steps.stepOfField(list, 'machinery')).toBeNull();
  });

  it('shows the problem of a row at its list', () => {
    const refused = steps.refuse(rules, begin(good), {
      problems: [{ field: 'machines.0.name', message: 'Unknown machine.' }],
      failure: null,
    });
    expect(steps.shownProblemIn(rules, refused, 'machines')).toBe('Unknown machine.');
  });
});

describe('finishing', () => {
  it('goes to the first page that is wrong, in the order of the steps and not of the rules', () => {
    const refused = steps.finish(rules, begin(empty, true));
    expect(refused.busy).toBe(false);
    expect(refused.current).toBe('name');
    expect(refused.focus).toEqual({ field: 'name' });
    expect(states(refused)).toEqual(['invalid', 'invalid', 'done']);
  });

  it('saves when nothing is wrong', () => {
    expect(steps.finish(rules, begin(good, true)).busy).toBe(true);
  });

  it('puts the engine’s refusal on its field, jumps there, and keeps the draft', () => {
    const saving = steps.finish(rules, begin(good, true));
    const refused = steps.refuse(
      rules,
      { ...saving, current: 'summary' },
      {
        problems: [{ field: 'name', message: 'There is one already.' }],
        failure: null,
      },
    );
    expect(refused.current).toBe('name');
    expect(refused.draft).toBe(good);
    expect(steps.shownProblem(rules, refused, 'name')).toBe('There is one already.');
  });

  it('forgets a refusal when its field changes, and only then', () => {
    const refused = steps.refuse(rules, begin(good), {
      problems: [{ field: 'name', message: 'There is one already.' }],
      failure: null,
    });
    expect(steps.change(refused, { machines: [{ name: 'b' }] }).refused).toHaveLength(1);
    expect(steps.change(refused, { name: 'b' }).refused).toHaveLength(0);
  });

  it('says above the page what belongs to no field of the wizard', () => {
    const refused = steps.refuse(rules, begin(good), {
      problems: [{ field: 'colour', message: 'Not that one.' }],
      failure: null,
    });
    expect(refused.failure).toEqual({ message: 'Not that one.' });
    expect(refused.current).toBe('name');
  });

  it('can be tried again after a refusal without any change', () => {
    const refused = steps.refuse(rules, begin(good, true), {
      problems: [{ field: 'name', message: 'The mount is missing.' }],
      failure: null,
    });
    expect(steps.finish(rules, refused).busy).toBe(true);
  });
});

it('goes on where it was, ready to be saved again', () => {
  const saving = steps.finish(rules, steps.change(begin(good, true), { name: 'b' }));
  const again = steps.takeUp(saving);
  expect(again).toMatchObject({ busy: false, draft: { name: 'b' }, current: 'name' });
  expect(steps.finish(rules, again).busy).toBe(true);
});

it('is dirty only while something differs from how it began', () => {
  const changed = steps.change(begin(good), { name: 'b' });
  expect(steps.isDirty(changed)).toBe(true);
  expect(steps.isDirty(steps.change(changed, { name: 'a' }))).toBe(false);
});
