import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkRegular, CopyRegular } from '@fluentui/react-icons';
import { type ReactElement, useEffect, useId, useState } from 'react';
import { say } from '../../say.ts';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: tokens.spacingHorizontalS,
    padding: tokens.spacingHorizontalS,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  text: {
    flexGrow: 1,
    margin: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase300,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  label: { fontWeight: tokens.fontWeightSemibold, marginBottom: tokens.spacingVerticalXXS },
});

/** The same thing as a command, to copy whole. */
export const CommandLine = ({ label, command }: { label: string; command: string }): ReactElement => {
  const styles = useStyles();
  const id = useId();
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  useEffect(() => {
    if (copied === 'no') return;
    const timer = setTimeout(() => setCopied('no'), 4000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard.writeText(command).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    );
  };
  return (
    <div role="group" aria-labelledby={id}>
      <div id={id} className={styles.label}>
        {label}
      </div>
      <div className={styles.box}>
        <code className={styles.text}>{command}</code>
        <Button
          size="small"
          appearance="subtle"
          icon={copied === 'yes' ? <CheckmarkRegular /> : <CopyRegular />}
          onClick={copy}
        >
          {copied === 'yes' ? say('Copied') : copied === 'failed' ? say('Not allowed to copy') : say('Copy')}
        </Button>
      </div>
    </div>
  );
};
