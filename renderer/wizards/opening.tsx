import { type ReactElement, type ReactNode, useState } from 'react';
import { useFocusBack } from '../ui/focus-back.ts';
import { OpeningDialog } from '../ui/wizard/opening-dialog.tsx';
import { type Engine, useAnswer } from './engine.ts';

/** Asks the engine for what a wizard begins with, then shows it; the first answer stands for the wizard's life. */
export function Opening<T extends object>(props: {
  title: string;
  /** Names the question: the kind of wizard and what it edits. */
  question: string;
  ask: (engine: Engine, signal: AbortSignal) => Promise<T>;
  onClose: () => void;
  children: (value: T) => ReactNode;
}): ReactElement {
  useFocusBack();
  const [first, setFirst] = useState<T | null>(null);
  const answer = useAnswer(first === null ? props.question : null, [], props.ask);
  if (first === null && answer.value !== null) setFirst(answer.value);
  if (first !== null) return <>{props.children(first)}</>;
  return (
    <OpeningDialog
      title={props.title}
      failure={answer.asking ? null : answer.failure}
      onRetry={answer.again}
      onClose={props.onClose}
    />
  );
}
