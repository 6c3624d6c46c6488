// Blocks in (JSON), a page out (JSON string): roughly how Slack draws them, to look at.
import { readFileSync } from 'node:fs';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Message } from 'slack-blocks-to-jsx';

const blocks = JSON.parse(readFileSync(0, 'utf8'));
const css = readFileSync(new URL('style.css', import.meta.resolve('slack-blocks-to-jsx')), 'utf8');
const pixel = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';
const message = React.createElement(Message, { blocks, logo: pixel, name: 'Kaiku', time: new Date(0) });
const body = renderToStaticMarkup(message);
const page = `<!doctype html><meta charset="utf-8"><style>${css}</style><body style="width:640px">${body}</body>`;
console.log(JSON.stringify(page));
