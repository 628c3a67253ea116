import { type ReactElement, type ReactNode, Suspense } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { FaultNote } from './page-message.tsx';
import { WindowDialog } from './window-dialog.tsx';

/**
 * A window that comes with code of its own. While that is on its way nothing is shown; when it does not come, or fails,
 * a window says so in its place and the console behind it goes on.
 */
export const WindowPart = (props: {
  children: ReactNode;
  texts: { title: string; text: string; advice: string; reload: string; close: string };
  onClose: () => void;
}): ReactElement => {
  const { texts } = props;
  const fallback = (): ReactElement => (
    <WindowDialog
      title={texts.title}
      closeLabel={texts.close}
      actions={[{ label: texts.reload, run: () => location.reload() }]}
      onClose={props.onClose}
    >
      <FaultNote text={texts.text} advice={texts.advice} />
    </WindowDialog>
  );
  return (
    <ErrorBoundary fallbackRender={fallback}>
      <Suspense fallback={null}>{props.children}</Suspense>
    </ErrorBoundary>
  );
};
