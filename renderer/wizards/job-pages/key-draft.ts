import { credentials } from '../../../shared/contract/credentials.ts';
import { inputProblems, type Problem } from '../problems.ts';
import { texts } from './texts.ts';

export interface KeyDraft {
  name: string;
  hint: string;
  passphrase: string;
  /** The passphrase once more: a mistyped one would be found when it is too late. */
  repeat: string;
}

export const keyProblems = (draft: KeyDraft): Problem[] => {
  const { repeat, ...input } = draft;
  const problems = inputProblems(credentials.addKey, input);
  return repeat === draft.passphrase ? problems : [...problems, { field: 'repeat', message: texts.key.differ }];
};
