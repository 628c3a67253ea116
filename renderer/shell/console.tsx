import type { ReactElement } from 'react';
import { retryNow, useConnection } from '../state/connection.ts';
import { useHost } from '../state/host-context.ts';
import { usePlace } from '../state/navigation.ts';
import { connectionTexts } from '../texts.ts';
import { FaultPage, WaitingPage } from '../ui/page-message.tsx';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';

/** The console in whatever state its connection is: never a blank page, never a spinner without an end. */
export const Console = (): ReactElement => {
  const host = useHost();
  const { phase, auth, info, problem } = useConnection();
  const node = usePlace((state) => state.node);
  if (phase === 'sign-in' && host.auth !== null && auth !== null)
    return <SignIn key={auth} auth={host.auth} mode={auth} />;
  if (info !== null) return <Shell node={node} />;
  if (phase === 'connecting') return <WaitingPage label={connectionTexts.connecting} />;
  return (
    <FaultPage
      title={phase === 'failed' ? connectionTexts.failedTitle : connectionTexts.lost}
      text={problem?.message ?? connectionTexts.awayRefusal}
      advice={problem?.advice ?? connectionTexts.failedAdvice}
      action={{ label: connectionTexts.retry, run: retryNow }}
    />
  );
};
