import { type ReactElement, useEffect, useState } from 'react';
import { retryNow } from '../state/connection.ts';
import { type HostAuth, HostProblem } from '../state/host.ts';
import { problemOf } from '../state/problem.ts';
import { shellTexts, signInTexts } from '../texts.ts';
import { SignInForm } from '../ui/sign-in-form.tsx';

const minPasswordLength = 12;

/** What stands before the console on a server: the first start sets the password, later ones ask for it. */
export const SignIn = ({ auth, mode }: { auth: HostAuth; mode: 'set-password' | 'sign-in' }): ReactElement => {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [waitUntil, setWaitUntil] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= waitUntil) clearInterval(timer);
    }, 500);
    return () => clearInterval(timer);
  }, [waitUntil]);
  const waitSeconds = Math.max(0, Math.ceil((waitUntil - now) / 1000));
  const setting = mode === 'set-password';
  const submit = (password: string, again: string): void => {
    if (setting && password !== again) {
      setProblem(signInTexts.differ);
      return;
    }
    setBusy(true);
    setProblem(null);
    const call = setting ? auth.setPassword(password, auth.firstStartToken ?? '') : auth.signIn(password);
    call
      .then(retryNow, (error: unknown) => {
        const refused = problemOf(error);
        setProblem(refused.advice === null ? refused.message : `${refused.message} ${refused.advice}`);
        if (error instanceof HostProblem && error.retryAfterMs !== null) {
          setNow(Date.now());
          setWaitUntil(Date.now() + error.retryAfterMs);
        }
      })
      .finally(() => setBusy(false));
  };
  return (
    <SignInForm
      product={shellTexts.product}
      title={setting ? signInTexts.setTitle : signInTexts.title}
      text={setting ? signInTexts.setText : signInTexts.text(location.host)}
      passwordLabel={signInTexts.password}
      repeatLabel={setting ? signInTexts.repeat : null}
      minLength={setting ? minPasswordLength : 1}
      submitLabel={setting ? signInTexts.set : signInTexts.signIn}
      remark={setting && auth.firstStartToken === null ? signInTexts.noToken : null}
      problem={waitSeconds > 0 ? signInTexts.wait(waitSeconds) : problem}
      busy={busy || waitSeconds > 0}
      onSubmit={submit}
    />
  );
};
