import type { ReactElement } from 'react';
import type { JobSettingsInput } from '../../../shared/domain/jobs/job-kinds.ts';
import { CommandLine } from '../../ui/wizard/command-line.tsx';
import { CheckField } from '../../ui/wizard/fields.tsx';
import { ActionButton, Disclosure, Group, Lines, Note, Text, Working } from '../../ui/wizard/layout.tsx';
import { type SummaryItem, SummaryList } from '../../ui/wizard/summary-list.tsx';
import { useAnswer } from '../engine.ts';
import type { WizardHandle } from '../wizard.tsx';
import { moment, size } from '../words.ts';
import { RoomNote } from './room-note.tsx';
import { texts } from './texts.ts';

const t = texts.summary;

/** What the job will do, when first, how much room it takes, every choice, and the same as a command. */
export function JobSummary<Draft extends { runNow: boolean }>(props: {
  w: WizardHandle<Draft>;
  settings: JobSettingsInput;
  choices: readonly SummaryItem[];
  /** Room at the target now; null or absent where it is not known or does not matter. */
  freeBytes?: number | null | undefined;
}): ReactElement {
  const { w, settings } = props;
  const preview = useAnswer(`preview ${JSON.stringify(settings)}`, [], (engine, signal) =>
    engine.jobs.preview({ settings }, { signal }),
  );
  const said = preview.value;
  return (
    <>
      {preview.asking && said === null ? <Working label={t.asking} /> : null}
      {preview.failure === null ? null : (
        <Note intent="error">
          {preview.failure} <ActionButton label={t.again} onPress={preview.again} />
        </Note>
      )}
      {said === null ? null : (
        <Group title={t.happens}>
          <Lines lines={said.sentences} />
          <Text>
            <strong>{t.firstRun}:</strong> {said.firstRunAt === null ? t.firstRunNone : moment(said.firstRunAt)}
          </Text>
          {said.estimatedBytes === null ? null : (
            <Text>
              <strong>{t.estimate}:</strong> {size(said.estimatedBytes)}
            </Text>
          )}
          {said.estimatedBytes === null || props.freeBytes == null ? null : (
            <RoomNote neededBytes={said.estimatedBytes} freeBytes={props.freeBytes} />
          )}
          {said.arithmetic.length === 0 ? null : (
            <Disclosure title={t.arithmetic}>
              <Lines lines={said.arithmetic} />
            </Disclosure>
          )}
        </Group>
      )}
      <Group title={t.choices}>
        <SummaryList items={props.choices} onChange={w.goTo} />
      </Group>
      {said === null ? null : <CommandLine label={w.editing ? t.commandAnew : t.command} command={said.command} />}
      {w.editing ? null : (
        <CheckField
          {...w.bind('runNow')}
          label={t.runNow}
          value={w.draft.runNow}
          onChange={(runNow) => w.update({ runNow } as Partial<Draft>)}
        />
      )}
    </>
  );
}
