import { type ReactElement, useEffect, useMemo, useState } from 'react';
import { paletteEntries } from '../commands/projections.ts';
import { commands } from '../commands/registry.ts';
import { useCommandContext } from '../commands/use-command-context.ts';
import { fetchLater, later } from '../later.tsx';
import { retryNow, useConnection } from '../state/connection.ts';
import { closeDialog, useDialog } from '../state/dialogs.ts';
import { closeHelp, useHelp } from '../state/help.ts';
import { useKeptFilters } from '../state/kept-filters.ts';
import { note, noteShown, useNotes } from '../state/notes.ts';
import { useOverview } from '../state/overview.ts';
import { problemOf } from '../state/problem.ts';
import { closeSession, openSession, useSessionWindow } from '../state/session-windows.ts';
import { connectionTexts, shellTexts, windowPartTexts } from '../texts.ts';
import { Banner } from '../ui/banner.tsx';
import { CommandPalette, type PaletteEntry } from '../ui/command-palette.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Region } from '../ui/region.tsx';
import { ShellFrame } from '../ui/shell-frame.tsx';
import { formatClock } from '../ui/times.ts';
import { Toasts } from '../ui/toasts.tsx';
import { WindowPart } from '../ui/window-part.tsx';
import { ViewOfNode } from '../views/view-of-node.tsx';
import { WizardHost } from '../wizards/wizard-host.tsx';
import { Navigation } from './navigation.tsx';
import { allNodes, goToId, treeOf, views } from './nodes.ts';
import { ShellRibbon } from './ribbon.tsx';
import { useShortcuts } from './shortcuts.ts';
import { ShellStatus } from './status.tsx';
import { say } from '../say.ts';

const HelpWindow = later(() => import('../help/help-window.tsx'));
const SessionWindow = later(() => import('../views/session/session-window.tsx'));

function copyLine(line: string): void {
  navigator.clipboard.writeText(line).then(
    () => note('success', shellTexts.lineCopied, line),
    () => note('warning', shellTexts.lineNotCopied, line),
  );
}

/** What the engine's absence looks like: a quiet line, and everything else as it was. */
const ConnectionBanner = (): ReactElement | null => {
  const { phase, problem, lostAt, updatedTo } = useConnection();
  if (phase === 'online') {
    if (updatedTo === null) return null;
    const action = { label: connectionTexts.reload, run: () => location.reload() };
    return (
      <Banner label={connectionTexts.updatedLabel} intent="info" action={action}>
        {connectionTexts.updated(updatedTo)}
      </Banner>
    );
  }
  return (
    <Banner label={connectionTexts.lost} intent="warning" action={{ label: connectionTexts.retry, run: retryNow }}>
      {phase === 'failed' && problem !== null
        ? `${connectionTexts.failedTitle}: ${problem.message}`
        : connectionTexts.lostBanner(lostAt === null ? '' : formatClock(lostAt))}
    </Banner>
  );
};

/** The console: ribbon, tree, view, status bar, and what opens over them. */
const Shell = ({ node }: { node: string }): ReactElement => {
  const context = useCommandContext();
  const overview = useOverview((state) => state.overview);
  const dialog = useDialog();
  const notes = useNotes((state) => state.notes);
  const sessionId = useSessionWindow((state) => state.sessionId);
  const help = useHelp((state) => state.topic);
  const kept = useKeptFilters((state) => state.lists);
  const [palette, setPalette] = useState(false);
  const openPalette = (): void => setPalette(true);
  useShortcuts(context, openPalette);
  useEffect(() => void fetchLater(), []);
  const entries = useMemo(
    (): PaletteEntry[] =>
      palette
        ? [
            ...paletteEntries(commands, context),
            ...views.flatMap((view) =>
              allNodes(treeOf(view.id, overview, kept)).map(({ node: target, path }) => ({
                id: `go.${target.id}`,
                label: path,
                area: say`Go to · ${view.label}`,
                icon: target.icon,
                refusal: null,
                line: null,
                run: () => goToId(target.id),
              })),
            ),
          ]
        : [],
    [palette, context, overview, kept],
  );
  return (
    <>
      <ShellFrame
        ribbon={<ShellRibbon onPalette={openPalette} />}
        banner={<ConnectionBanner />}
        navigation={<Navigation />}
        splitterLabel={shellTexts.treeSplitter}
        statusBar={<ShellStatus />}
      >
        <Region texts={shellTexts} resetKey={node}>
          <ViewOfNode node={node} />
        </Region>
      </ShellFrame>
      <Toasts notes={notes} onShown={noteShown} />
      {sessionId === null ? null : (
        <WindowPart key={sessionId} texts={windowPartTexts} onClose={closeSession}>
          <SessionWindow sessionId={sessionId} />
        </WindowPart>
      )}
      <WizardHost openSession={openSession} />
      {dialog.request === null ? null : (
        <FormDialog
          key={dialog.serial}
          {...dialog.request}
          cancelLabel={shellTexts.cancel}
          lineLabel={shellTexts.sameAsCommand}
          problemOf={problemOf}
          onClose={closeDialog}
        />
      )}
      {help === null ? null : (
        <WindowPart texts={windowPartTexts} onClose={closeHelp}>
          <HelpWindow topic={help} />
        </WindowPart>
      )}
      {palette ? (
        <CommandPalette
          label={shellTexts.palette}
          placeholder={shellTexts.paletteHint}
          nothing={shellTexts.paletteNothing}
          hint={shellTexts.paletteLine}
          onCopyLine={copyLine}
          entries={entries}
          onClose={() => setPalette(false)}
        />
      ) : null}
    </>
  );
};
export default Shell;
