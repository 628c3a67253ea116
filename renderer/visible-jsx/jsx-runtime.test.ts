import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Fragment, jsx, jsxs, visibleProperties } from './jsx-runtime.ts';

const name = 'tape\u202e01\u200b';

test('what is shown has nothing that hides in it or turns it around; what is sent back is untouched', () => {
  const page = jsxs(Fragment, {
    children: [
      jsx('span', { title: name, 'aria-label': name, children: name }),
      jsxs('p', { children: ['Tape ', name, 7, null, createElement('b', {}, 'bold')] }),
      jsx('input', { readOnly: true, value: name, placeholder: name }),
    ],
  });
  const markup = renderToStaticMarkup(page);
  expect(markup).toBe(
    '<span title="tape\\u202e01\\u200b" aria-label="tape\\u202e01\\u200b">tape\\u202e01\\u200b</span>' +
      '<p>Tape tape\\u202e01\\u200b7<b>bold</b></p>' +
      `<input readOnly="" placeholder="tape\\u202e01\\u200b" value="${name}"/>`,
  );
});

test('where nothing is to be changed nothing is made anew', () => {
  const properties = { title: 'Süd', children: ['日本', 7], onClick: () => {} };
  expect(visibleProperties(properties)).toBe(properties);
});
