import type {
  BlockAction, EnvelopedEvent, GlobalShortcut, MessageShortcut, SlashCommand, ViewClosedAction, ViewSubmitAction,
} from '@slack/bolt';
import type {
  AppHomeOpenedEvent, AppUninstalledEvent, FunctionExecutedEvent, GenericMessageEvent, ReactionAddedEvent, TokensRevokedEvent,
} from '@slack/types';

export type Inbound = BlockAction | ViewSubmitAction | ViewClosedAction | MessageShortcut | GlobalShortcut;
export type Command = SlashCommand;
export type Event = EnvelopedEvent<
  AppHomeOpenedEvent | AppUninstalledEvent | FunctionExecutedEvent | GenericMessageEvent | ReactionAddedEvent | TokensRevokedEvent
>;
