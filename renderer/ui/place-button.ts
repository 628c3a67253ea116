import { type GriffelStyle, tokens } from '@fluentui/react-components';

/** A place to go to, in a list at the side of a window: the whole width, with room for the mark of the present one. */
export const placeButton = {
  width: '100%',
  borderTopStyle: 'none',
  borderBottomStyle: 'none',
  borderInlineEndStyle: 'none',
  borderInlineStartWidth: '3px',
  borderInlineStartStyle: 'solid',
  borderInlineStartColor: 'transparent',
  font: 'inherit',
  textAlign: 'start',
  color: tokens.colorNeutralForeground1,
  backgroundColor: 'transparent',
  ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
  ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
} satisfies GriffelStyle;
