import { type ReactElement, useCallback, useState } from 'react';
import { FormDialog } from '../../ui/wizard/form-dialog.tsx';
import type { ListColumn } from '../../ui/wizard/list-table.tsx';
import { ObjectPicker, type PickPage } from '../../ui/wizard/object-picker.tsx';
import { type Engine, useEngine } from '../engine.ts';
import { messageOf } from '../problems.ts';
import type { Chosen } from './sources-draft.ts';

export interface PickRequest {
  offset: number;
  limit: number;
  search: string | undefined;
}

/** Choose several of what the engine lists; accepts with everything chosen, on whichever page it was. */
export function PickDialog<Row>(props: {
  title: string;
  accept: string;
  label: string;
  searchLabel: string;
  empty: string;
  columns: readonly ListColumn<Row>[];
  chosenOf: (row: Row) => Chosen;
  refused?: (row: Row) => string | null;
  initial: readonly Chosen[];
  /** A function of its own, not made anew on every render. */
  ask: (engine: Engine, request: PickRequest, signal: AbortSignal) => Promise<PickPage<Row>>;
  onChoose: (chosen: Chosen[]) => void;
  onClose: () => void;
}): ReactElement {
  const engine = useEngine();
  const [chosen, setChosen] = useState<readonly Chosen[]>(props.initial);
  const { ask, chosenOf } = props;
  const load = useCallback(
    async ({ signal, ...request }: PickRequest & { signal: AbortSignal }) => {
      try {
        return await ask(engine, request, signal);
      } catch (error) {
        throw new Error(messageOf(error), { cause: error });
      }
    },
    [engine, ask],
  );
  return (
    <FormDialog
      title={props.title}
      accept={props.accept}
      onAccept={() => props.onChoose([...chosen])}
      onClose={props.onClose}
    >
      <ObjectPicker
        label={props.label}
        searchLabel={props.searchLabel}
        columns={props.columns}
        rowId={(row) => chosenOf(row).id}
        rowName={(row) => chosenOf(row).name}
        select="several"
        selected={chosen.map((one) => one.id)}
        onSelect={(ids, changed) => {
          const pressed = chosenOf(changed);
          setChosen((now) =>
            ids.includes(pressed.id) ? [...now, pressed] : now.filter((one) => one.id !== pressed.id),
          );
        }}
        {...(props.refused === undefined ? {} : { refused: props.refused })}
        empty={props.empty}
        load={load}
      />
    </FormDialog>
  );
}
