import type { ReactElement, ReactNode } from 'react';
import { shellTexts } from '../texts.ts';
import { DetailsPane, type DetailsTab, QuietLine } from '../ui/details-pane.tsx';
import { Splitter } from '../ui/splitter.tsx';
import { usePlace } from '../state/navigation.ts';
import { useState } from 'react';

export interface Details {
  title: string;
  tabs: readonly DetailsTab[];
}

/** A list over the details of what is selected in it. */
export const MainAndDetails = (props: { main: ReactNode; details: Details | null }): ReactElement => {
  const [tab, setTab] = useState('');
  const count = usePlace((state) => state.main?.rows.length ?? 0);
  return (
    <Splitter
      direction="rows"
      sized="second"
      name="details"
      label={shellTexts.detailsSplitter}
      initialPx={240}
      minPx={90}
      maxPx={900}
      first={props.main}
      second={
        props.details === null ? (
          <QuietLine>{count > 1 ? shellTexts.severalSelected(count) : shellTexts.nothingSelected}</QuietLine>
        ) : (
          <DetailsPane title={props.details.title} tabs={props.details.tabs} selectedTab={tab} onTab={setTab} />
        )
      }
    />
  );
};
