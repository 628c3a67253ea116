import { Button, Input, makeStyles } from '@fluentui/react-components';
import { type ReactElement, useContext, useState } from 'react';
import { type BrowseFolder, FolderBrowser } from './folder-browser.tsx';
import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';
import { NativePathDialog } from './native-path-dialog.ts';

const useStyles = makeStyles({
  row: { display: 'flex', gap: '8px', alignItems: 'flex-start', maxWidth: '640px' },
  grow: { flexGrow: 1, minWidth: 0 },
  button: { marginTop: '26px', flexShrink: 0 },
});

/** A path on the backup server, typed or chosen in its own file system. */
export const PathField = (
  props: FieldFrameProps & {
    value: string;
    /** `folders`: only folders can be chosen. */
    only: 'folders' | 'all';
    browse: BrowseFolder;
    browseLabel: string;
    browseTitle: string;
    placeholder?: string;
    onChange: (path: string) => void;
    /** A path was chosen in the dialog; the field has it already. */
    onPicked?: (path: string) => void;
    /** Enter in the field; without this, Enter belongs to whatever the field stands in. */
    onEnter?: (path: string) => void;
  },
): ReactElement => {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const native = useContext(NativePathDialog);
  const choose = (path: string): void => {
    props.onChange(path);
    props.onPicked?.(path);
  };
  const browse = (): void => {
    if (native === null) return setOpen(true);
    // Whatever keeps the system's dialog from showing, the console's own is there.
    native(props.only === 'folders' ? 'folder' : 'file', props.value).then(
      (path) => path !== null && choose(path),
      () => setOpen(true),
    );
  };
  return (
    <div className={styles.row}>
      <div className={styles.grow}>
        <FieldFrame {...props}>
          <Input
            value={props.value}
            spellCheck={false}
            autoComplete="off"
            placeholder={props.placeholder}
            onChange={(_event, data) => props.onChange(data.value)}
            onBlur={props.onLeave}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || props.onEnter === undefined) return;
              event.preventDefault();
              props.onEnter(props.value);
            }}
          />
        </FieldFrame>
      </div>
      <Button className={styles.button} onClick={browse}>
        {props.browseLabel}
      </Button>
      {open ? (
        <FolderBrowser
          title={props.browseTitle}
          only={props.only}
          start={props.value}
          browse={props.browse}
          onClose={() => setOpen(false)}
          onChoose={(path) => {
            setOpen(false);
            choose(path);
          }}
        />
      ) : null}
    </div>
  );
};
