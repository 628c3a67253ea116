import {
  createDOMRenderer,
  FluentProvider,
  RendererProvider,
  type Theme,
  teamsHighContrastTheme,
  webDarkTheme,
  webLightTheme,
} from '@fluentui/react-components';
import { type ReactElement, type ReactNode, useEffect, useState } from 'react';

export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';

const fonts = {
  fontFamilyBase: "'Segoe UI', system-ui, 'Noto Sans', Cantarell, sans-serif",
  fontFamilyMonospace: "'Cascadia Mono', Consolas, 'DejaVu Sans Mono', ui-monospace, monospace",
};

/** A desktop tool's radius and density: smaller corners than the library's web defaults. */
const shape = { borderRadiusMedium: '3px', borderRadiusLarge: '4px', borderRadiusXLarge: '6px' };

const themes: Record<'light' | 'dark' | 'contrast', Theme> = {
  light: { ...webLightTheme, ...fonts, ...shape },
  dark: { ...webDarkTheme, ...fonts, ...shape },
  contrast: { ...teamsHighContrastTheme, ...fonts, ...shape },
};

const darkQuery = '(prefers-color-scheme: dark)';
const contrastQuery = '(forced-colors: active)';

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const listen = (): void => setMatches(media.matches);
    listen();
    media.addEventListener('change', listen);
    return () => media.removeEventListener('change', listen);
  }, [query]);
  return matches;
}

/** The theme to show for a choice, following the system where the choice says so. */
export function useResolvedTheme(choice: ThemeChoice): 'light' | 'dark' | 'contrast' {
  const dark = useMedia(darkQuery);
  const contrast = useMedia(contrastQuery);
  if (choice !== 'system') return choice;
  return contrast ? 'contrast' : dark ? 'dark' : 'light';
}

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// Styles are written at run time; the policy lets in only those that carry this page load's nonce.
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

// Not through the style renderer, which stands inside: its default one knows no nonce.
const rootStyle = { height: '100%', fontSize: '12px', lineHeight: '16px' };

/** Theme and style renderer around everything; also marks the page so that its bare background fits. */
export const ThemeRoot = ({ choice, children }: { choice: ThemeChoice; children: ReactNode }): ReactElement => {
  const resolved = useResolvedTheme(choice);
  useEffect(() => {
    document.documentElement.dataset['theme'] = resolved === 'light' ? 'light' : 'dark';
  }, [resolved]);
  return (
    <RendererProvider renderer={renderer} targetDocument={document}>
      <FluentProvider theme={themes[resolved]} style={rootStyle}>
        {children}
      </FluentProvider>
    </RendererProvider>
  );
};
