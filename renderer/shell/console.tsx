import { lazy, type ReactElement, Suspense, useDeferredValue } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { retryNow, useConnection } from '../state/connection.ts';
import { useHost } from '../state/host-context.ts';
import { usePlace } from '../state/navigation.ts';
import { connectionTexts } from '../texts.ts';
import { FaultPage, WaitingPage } from '../ui/page-message.tsx';
import { SignIn } from './sign-in.tsx';

// On its way while the connection is made, or someone signs in.
const shell = import('./shell.tsx');
shell.catch(() => undefined);
const Shell = lazy(() => shell);

const reload = { label: connectionTexts.reload, run: () => location.reload() };
const ShellMissing = (): ReactElement => (
  <FaultPage
    title={connectionTexts.missingTitle}
    text={connectionTexts.missing}
    advice={connectionTexts.missingAdvice}
    action={reload}
  />
);

/** The console in whatever state its connection is: never a blank page, never a spinner without an end. */
export const Console = (): ReactElement => {
  const host = useHost();
  const { phase, auth, info, problem } = useConnection();
  const node = usePlace((state) => state.node);
  // Drawn in slices beside the page that waits: the whole shell at once would hold the browser up.
  const there = useDeferredValue(info !== null);
  if (phase === 'sign-in' && host.auth !== null && auth !== null)
    return <SignIn key={auth} auth={host.auth} mode={auth} />;
  if (there && info !== null)
    return (
      <ErrorBoundary FallbackComponent={ShellMissing}>
        <Suspense fallback={<WaitingPage label={connectionTexts.connecting} />}>
          <Shell node={node} />
        </Suspense>
      </ErrorBoundary>
    );
  if (phase === 'connecting' || info !== null) return <WaitingPage label={connectionTexts.connecting} />;
  return (
    <FaultPage
      title={phase === 'failed' ? connectionTexts.failedTitle : connectionTexts.lost}
      text={problem?.message ?? connectionTexts.awayRefusal}
      advice={problem?.advice ?? connectionTexts.failedAdvice}
      action={{ label: connectionTexts.retry, run: retryNow }}
    />
  );
};
