import type { ReactElement } from 'react';
import { commandById } from '../commands/registry.ts';
import { useCommandContext } from '../commands/use-command-context.ts';
import { welcomeTexts } from '../texts.ts';
import { WelcomePage } from '../ui/welcome-page.tsx';

/** The first start: what this is, three steps to the first backup on tape, or a sample that makes them all. */
export const Welcome = (): ReactElement => {
  const context = useCommandContext();
  const pressing = (id: string): { label: string; run: () => void; refusal: string | null } => {
    const command = commandById(id);
    const enabled = command.enabled(context);
    return {
      label: command.label(context),
      refusal: enabled === true ? null : enabled,
      run: () => command.run(context),
    };
  };
  return (
    <WelcomePage
      title={welcomeTexts.title}
      text={welcomeTexts.text}
      sample={{ text: welcomeTexts.sample, action: pressing('sample.create') }}
      stepsTitle={welcomeTexts.steps}
      steps={[
        { icon: 'repository', text: welcomeTexts.repository, action: pressing('new.repository') },
        { icon: 'backup', text: welcomeTexts.job, action: pressing('new.backup-job') },
        { icon: 'library', text: welcomeTexts.library, action: pressing('new.library') },
        { icon: 'tape', text: welcomeTexts.tape, action: pressing('new.backup-to-tape-job') },
      ]}
    />
  );
};
