import type { ReactElement } from 'react';
import { compareWithFree } from '../../../shared/domain/estimates.ts';
import { Note } from '../../ui/wizard/layout.tsx';

/** Whether what is needed fits into what is free; says nothing where free room is not known. */
export const RoomNote = (props: { neededBytes: number; freeBytes: number | null }): ReactElement | null => {
  const { verdict, reason } = compareWithFree(props.neededBytes, props.freeBytes);
  if (verdict === 'unknown') return null;
  return <Note intent={verdict === 'fits' ? 'info' : 'warning'}>{reason}</Note>;
};
