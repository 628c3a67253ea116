import { type ElementType, Fragment, type Key, type ReactElement } from 'react';
import { jsx as reactJsx, jsxs as reactJsxs } from 'react/jsx-runtime';
import { visibleText } from '../../shared/domain/visible-text.ts';

/**
 * What every element of the console is made with (`jsxImportSource` in build/vite.config.ts): texts come from tapes, files,
 * other systems and other people, and none reaches the page with characters that turn it around or hide in it. The value
 * of an input field stays as it is: it is sent back.
 */
const textProperties = ['title', 'aria-label', 'aria-description', 'alt', 'label', 'placeholder', 'hint'] as const;

type Properties = Record<string, unknown>;

function visibleChild(child: unknown): unknown {
  return typeof child === 'string' ? visibleText(child) : child;
}

/** The same object where there is nothing to change, as nearly always. */
export function visibleProperties(properties: Properties): Properties {
  const { children } = properties;
  let changed: Properties | undefined;
  const change = (name: string, before: unknown, after: unknown): void => {
    if (before !== after) (changed ??= { ...properties })[name] = after;
  };
  if (typeof children === 'string') change('children', children, visibleText(children));
  else if (Array.isArray(children)) {
    const shown = children.map(visibleChild);
    if (shown.some((child, at) => child !== children[at])) change('children', children, shown);
  }
  for (const name of textProperties) {
    const text = properties[name];
    if (typeof text === 'string') change(name, text, visibleText(text));
  }
  return changed ?? properties;
}

export const jsx = (type: ElementType, properties: Properties, key?: Key): ReactElement =>
  reactJsx(type, visibleProperties(properties), key);
export const jsxs = (type: ElementType, properties: Properties, key?: Key): ReactElement =>
  reactJsxs(type, visibleProperties(properties), key);
export { Fragment };
