import { type ElementType, Fragment, type ReactElement } from 'react';
import { jsxDEV as reactJsxDev, type JSXSource } from 'react/jsx-dev-runtime';
import { visibleProperties } from './jsx-runtime.ts';

/** The same for `npm run dev`. */
export const jsxDEV = (
  type: ElementType,
  properties: Record<string, unknown>,
  key: string | undefined,
  isStatic: boolean,
  source?: JSXSource,
  self?: unknown,
): ReactElement => reactJsxDev(type, visibleProperties(properties), key, isStatic, source, self);
export { Fragment };
