import { type ReactElement, useMemo, useState } from 'react';
import { ribbonTabs } from '../commands/projections.ts';
import { commands } from '../commands/registry.ts';
import { useCommandContext } from '../commands/use-command-context.ts';
import { retryNow } from '../state/connection.ts';
import { useHost } from '../state/host-context.ts';
import { noteProblem } from '../state/notes.ts';
import { changeSettings, type ThemeChoice, useSettings } from '../state/settings.ts';
import { shellTexts } from '../texts.ts';
import { Icon } from '../ui/icons.tsx';
import { MenuButton, SmallButton } from '../ui/menu-button.tsx';
import { Ribbon } from '../ui/ribbon.tsx';
import { say } from '../say.ts';

const themes: readonly { id: ThemeChoice; label: string }[] = [
  { id: 'system', label: shellTexts.themeSystem },
  { id: 'light', label: shellTexts.themeLight },
  { id: 'dark', label: shellTexts.themeDark },
  { id: 'contrast', label: shellTexts.themeContrast },
];

/** The ribbon: Home, and the tabs of what is selected; a new kind of selection brings its tab to the front. */
export const ShellRibbon = ({ onPalette }: { onPalette: () => void }): ReactElement => {
  const context = useCommandContext();
  const host = useHost();
  const settings = useSettings();
  const tabs = useMemo(() => ribbonTabs(commands, context), [context]);
  const newest = context.detail?.kind ?? context.main?.kind ?? context.here?.kind ?? 'home';
  const [chosen, setChosen] = useState<{ tab: string; during: string }>({ tab: 'home', during: 'home' });
  const selectedId =
    chosen.during === newest && tabs.some((tab) => tab.id === chosen.tab)
      ? chosen.tab
      : tabs.some((tab) => tab.id === newest)
        ? newest
        : 'home';
  return (
    <Ribbon
      product={
        <>
          <Icon name="tape" />
          {shellTexts.product}
        </>
      }
      label={shellTexts.ribbon}
      tabs={tabs}
      selectedId={selectedId}
      onSelect={(tab) => setChosen({ tab, during: newest })}
      minimised={settings.ribbonMinimised}
      onMinimise={(ribbonMinimised) => changeSettings({ ribbonMinimised })}
      minimiseLabel={settings.ribbonMinimised ? shellTexts.expandRibbon : shellTexts.minimiseRibbon}
      end={
        <>
          <SmallButton label={shellTexts.palette} icon="search" keys="Ctrl+K" run={onPalette} />
          <MenuButton
            label={shellTexts.theme}
            icon="theme"
            entries={themes.map((theme) => ({
              id: theme.id,
              label: theme.label,
              checked: settings.theme === theme.id,
              run: () => changeSettings({ theme: theme.id }),
            }))}
          />
          {host.auth === null ? null : (
            <SmallButton
              label={shellTexts.signOut}
              icon="signOut"
              iconOnly
              run={() => {
                host.auth?.signOut().then(retryNow, (error: unknown) => noteProblem(say('Not signed out'), error));
              }}
            />
          )}
        </>
      }
    />
  );
};
