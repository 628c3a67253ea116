import { say } from '../../say.ts';
import type { RetentionDraft } from '../../ui/wizard/retention-field.tsx';

/** `7 restore points`, `30 days`. */
export const retentionWords = (draft: RetentionDraft): string => {
  const one = draft.kind === 'points' ? say('restore point') : say('day');
  return `${draft.amount} ${one}${draft.amount === '1' ? '' : 's'}`;
};
