import { type ReactElement, type ReactNode, Suspense, useEffect } from 'react';
import { openInnerWizard, type WizardName } from '../state/wizards.ts';

/** A wizard over the page of another one: what that page lacks is made there. Help is about the one on top. */
export const InnerWizard = ({ name, children }: { name: WizardName; children: ReactNode }): ReactElement => {
  useEffect(() => openInnerWizard(name), [name]);
  return <Suspense fallback={null}>{children}</Suspense>;
};
