import { type ReactElement, useEffect, useMemo, useState } from 'react';
import { menuEntries } from '../../commands/projections.ts';
import { commands } from '../../commands/registry.ts';
import { useCommandContext } from '../../commands/use-command-context.ts';
import { client } from '../../state/connection.ts';
import { type LibraryElement, rowsOf, selectedOf } from '../../state/entities.ts';
import { goTo, refreshMain, selectDetail, selectMain, usePlace } from '../../state/navigation.ts';
import { useQuery } from '../../state/query.ts';
import { libraryTexts, mediaStateWords, shellTexts } from '../../texts.ts';
import { ContextMenu } from '../../ui/context-menu.tsx';
import { QuietLine } from '../../ui/details-pane.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LibraryPicture } from '../../ui/library-picture/library-picture.tsx';
import { SmallButton } from '../../ui/menu-button.tsx';
import { ViewFrame } from '../../ui/view-frame.tsx';
import { MainAndDetails } from '../main-and-details.tsx';
import { detailsOfMedium } from '../media/media-details.tsx';
import { shownMedium } from '../states.ts';
import { useHere } from '../use-here.ts';
import { ElementList } from './element-list.tsx';
import { detailsOfLibrary } from './libraries-view.tsx';
import { say } from '../../say.ts';

function isMediaState(state: string | null): state is keyof typeof mediaStateWords {
  return state !== null && Object.hasOwn(mediaStateWords, state);
}

/** One library as a picture and as a list of the same in words, with the details of the chosen cartridge. */
export const LibraryView = (props: { libraryId: string; drivesOnly: boolean }): ReactElement => {
  const { libraryId } = props;
  const [asList, setAsList] = useState(false);
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  const library = useQuery(`library/${libraryId}`, ['libraries', 'media', 'pools'], (signal) =>
    client.tape.library({ id: libraryId }, { signal }),
  );
  const { data } = library;
  useHere('library', data);
  const context = useCommandContext();
  const elements = useMemo(
    (): LibraryElement[] =>
      (data?.elements ?? [])
        .filter((element) => !props.drivesOnly || element.type === 'drive')
        .map((element) => ({ ...element, libraryId })),
    [data, libraryId, props.drivesOnly],
  );
  const cells = useMemo(
    () =>
      elements.map((element) => ({
        ...element,
        state: isMediaState(element.mediaState) ? shownMedium({ state: element.mediaState, stateReason: '' }) : null,
      })),
    [elements],
  );
  const main = usePlace((state) => state.main);
  const [chosen] = rowsOf('element', main) ?? [];
  const [medium] =
    rowsOf(
      'medium',
      usePlace((state) => state.detail),
    ) ?? [];

  // The chosen place follows what happens in the library.
  useEffect(() => {
    if (chosen === undefined) return;
    const now = elements.find((element) => element.address === chosen.address);
    if (now !== undefined && now !== chosen) refreshMain(selectedOf('element', [now]));
  }, [elements, chosen]);

  const mediaId = chosen?.mediaId ?? null;
  const tape = useQuery(mediaId === null ? null : `medium-row/${mediaId}`, ['media'], (signal) =>
    client.media.get({ id: mediaId ?? '' }, { signal }),
  );
  useEffect(() => {
    selectDetail(mediaId !== null && tape.data?.id === mediaId ? selectedOf('medium', [tape.data]) : null);
  }, [mediaId, tape.data]);

  const select = (address: number): void => {
    const element = elements.find((other) => other.address === address);
    if (element !== undefined && element !== chosen) selectMain(selectedOf('element', [element]));
  };
  const open = (address: number): void => {
    const element = elements.find((other) => other.address === address);
    if (element?.mediaId != null) goTo(`tape/libraries/${libraryId}/media`, element.mediaId);
  };
  const toolbar = props.drivesOnly ? null : (
    <>
      <SmallButton label={libraryTexts.picture} icon="library" pressed={!asList} run={() => setAsList(false)} />
      <SmallButton label={libraryTexts.list} icon="audit" pressed={asList} run={() => setAsList(true)} />
    </>
  );
  const title = data?.name ?? libraryTexts.library;
  const content =
    data === null ? (
      <QuietLine>{library.problem?.message ?? say('Loading…')}</QuietLine>
    ) : data.state === 'offline' ? (
      <QuietLine>
        <EmptyState
          icon="unplugged"
          title={libraryTexts.offline}
          text={data.stateText ?? libraryTexts.offlineText}
          actions={[]}
        />
      </QuietLine>
    ) : (
      <LibraryPicture
        cells={cells}
        selectedAddress={chosen?.address ?? null}
        onSelect={select}
        onOpen={open}
        onMenu={(_address, at) => setMenuAt(at)}
        texts={libraryTexts}
      />
    );
  return (
    <>
      <MainAndDetails
        main={
          (asList || props.drivesOnly) && data?.state === 'online' ? (
            <ElementList
              title={props.drivesOnly ? `${title}: ${libraryTexts.drives}` : title}
              elements={elements}
              chosen={chosen}
              onOpen={(element) => open(element.address)}
              menu={menuEntries(commands, 'element', context)}
              toolbar={toolbar}
            />
          ) : (
            <ViewFrame title={title} toolbar={toolbar}>
              {content}
            </ViewFrame>
          )
        }
        details={medium !== undefined ? detailsOfMedium(medium) : data === null ? null : detailsOfLibrary(data)}
      />
      {menuAt === null || chosen === undefined ? null : (
        <ContextMenu
          at={menuAt}
          label={shellTexts.ribbon}
          entries={[
            ...menuEntries(commands, 'element', context),
            ...(medium === undefined ? [] : menuEntries(commands, 'medium', context)),
          ]}
          onClose={() => setMenuAt(null)}
        />
      )}
    </>
  );
};
