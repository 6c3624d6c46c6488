import type { KnownBlock, View } from '@slack/types';

export type Blocks = KnownBlock[];
export type SlackView = View;
