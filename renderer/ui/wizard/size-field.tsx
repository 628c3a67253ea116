import { Input } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { formatBytes, parseBytes } from '../../../shared/domain/format.ts';
import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';

/** A size as people write it: `16 GiB`, `1.5T`. The draft keeps the text; on leaving it is written out in full. */
export const SizeField = (
  props: FieldFrameProps & { value: string; onChange: (value: string) => void },
): ReactElement => (
  <FieldFrame {...props} width={props.width ?? 'short'}>
    <Input
      value={props.value}
      autoComplete="off"
      onChange={(_event, data) => props.onChange(data.value)}
      onBlur={() => {
        const bytes = parseBytes(props.value);
        const written = bytes === null ? null : formatBytes(bytes);
        // Only where writing it out loses nothing: 1.005 GiB stays as it was typed.
        if (written !== null && written !== props.value && parseBytes(written) === bytes) props.onChange(written);
        props.onLeave();
      }}
    />
  </FieldFrame>
);
