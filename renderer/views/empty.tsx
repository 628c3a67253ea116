import type { ReactElement } from 'react';
import { commandById } from '../commands/registry.ts';
import { useCommandContext } from '../commands/use-command-context.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import type { IconName } from '../ui/icons.tsx';

/** An empty place: what belongs here, and the commands that put something there. */
export const Empty = (props: {
  icon: IconName;
  title: string;
  text: string;
  commands: readonly string[];
}): ReactElement => {
  const context = useCommandContext();
  return (
    <EmptyState
      icon={props.icon}
      title={props.title}
      text={props.text}
      actions={props.commands.map((id) => {
        const command = commandById(id);
        const enabled = command.enabled(context);
        return {
          label: command.label(context),
          refusal: enabled === true ? null : enabled,
          run: () => command.run(context),
        };
      })}
    />
  );
};
