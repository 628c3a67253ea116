import { Field, makeStyles, mergeClasses, Radio, RadioGroup, shorthands, tokens } from '@fluentui/react-components';
import type { ReactElement } from 'react';
import type { FieldBinding } from './field-binding.ts';

export interface RadioCard<T extends string> {
  value: T;
  title: string;
  text?: string;
}

const useStyles = makeStyles({
  group: { display: 'flex', flexDirection: 'column', alignItems: 'stretch', gap: tokens.spacingVerticalXS },
  card: {
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    padding: `${tokens.spacingVerticalXXS} ${tokens.spacingHorizontalS}`,
    width: '100%',
    maxWidth: '640px',
  },
  chosen: {
    ...shorthands.borderColor(tokens.colorBrandStroke1),
    backgroundColor: tokens.colorNeutralBackground1Selected,
  },
  title: { fontWeight: tokens.fontWeightSemibold },
  text: { display: 'block', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

/** One of a few, each with a line that says what choosing it means. Arrow keys move, as in any radio group. */
export function RadioCards<T extends string>(
  props: FieldBinding & {
    label: string;
    value: T;
    cards: readonly RadioCard<T>[];
    onChange: (value: T) => void;
  },
): ReactElement {
  const styles = useStyles();
  return (
    <div data-field={props.name}>
      <Field
        label={props.label}
        validationMessage={props.problem}
        validationState={props.problem === undefined ? 'none' : 'error'}
      >
        <RadioGroup
          className={styles.group}
          value={props.value}
          onChange={(_event, data) => {
            const chosen = props.cards.find((card) => card.value === data.value);
            if (chosen !== undefined) props.onChange(chosen.value);
          }}
        >
          {props.cards.map((card) => (
            <div
              key={card.value}
              className={mergeClasses(styles.card, card.value === props.value && styles.chosen)}
              onBlur={props.onLeave}
            >
              <Radio
                value={card.value}
                label={
                  <>
                    <span className={styles.title}>{card.title}</span>
                    {card.text === undefined ? null : <span className={styles.text}>{card.text}</span>}
                  </>
                }
              />
            </div>
          ))}
        </RadioGroup>
      </Field>
    </div>
  );
}
