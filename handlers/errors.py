"""What a person may do wrong, each with its sentence.

The docstring is the sentence (English msgid): `handlers.wording.sentences.error` translates it and
fills in what the error carries. It says what is wrong and what to do.
"""

from typing import Any


class FeedbackError(Exception):
    """Something was not as expected. Please try again, or ask your administrator."""

    field: str = ""
    """The form field it concerns, where there is one."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(type(self).__doc__)
        self.facts = facts


class UnknownInvitation(FeedbackError):
    """This request for feedback is no longer here. If you have something to tell us, just write it to me."""


class InvitationExpired(FeedbackError):
    """This request for feedback has expired. If you still want to tell us something, just write it to me."""


class NotYourInvitation(FeedbackError):
    """This request was sent to somebody else, so I did not record anything."""


class EditWindowClosed(FeedbackError):
    """Your answer can no longer be changed. If you want to add something, just write it to me."""


class NotOnTheScale(FeedbackError):
    """{score} is not on the scale {lowest}–{highest}, so I did not record it. Please choose a number on it."""


class NotAllowed(FeedbackError):
    """You do not have the right to do this. Ask {who} if you think you should."""


class UnknownCase(FeedbackError):
    """I do not know this case. It may have been removed."""


class AlreadyClaimed(FeedbackError):
    """{name} already has this case (since {since}). Nothing was changed."""


class CaseIsClosed(FeedbackError):
    """This case is already closed. Reopen it first."""


class OutcomeMissing(FeedbackError):
    """Choose how the matter ended before closing the case."""

    field = "outcome"


class WordsMissing(FeedbackError):
    """Please write something first."""

    field = "words"


class WordsTooLong(FeedbackError):
    """That is {length} characters; I can keep {most}. Please shorten it; what you wrote is still in the box."""

    field = "words"


class NoInterview(FeedbackError):
    """There is no answer to record, or no survey of which I know the questions."""


class PermissionMissing(FeedbackError):
    """Without permission nothing is recorded. Ask for it before the first question."""

    field = "permission"


class OnlyInPrivate(FeedbackError):
    """Others read along here. Write “anonymous” to me in our own conversation, and I open the form there."""


class NoKeyForSheets(FeedbackError):
    """Anonymous answers are kept sealed, and there is no key for that here any more. Ask {who} to set it up."""


class CarriesYourName(FeedbackError):
    """I kept none of this: my survey is anonymous. Use “Write…” there, or “/feedback log” to speak by name."""


class AskedAlone(FeedbackError):
    """“{touchpoint}” is asked about anonymously, and that needs a conversation of one's own. Ask one person."""

    field = "touchpoint"


class AnsweredByHand(FeedbackError):
    """This survey is anonymous: nobody can bring its answers for another. The person answers it themselves."""


class NoKeyForNotes(FeedbackError):
    """Anonymous notes are kept sealed, and there is no key for that here yet. Ask {who} to set one up."""


class ReadsTheseNotes(FeedbackError):
    """You read such notes yourself, or might, so I cannot take an anonymous one from you."""

    field = "topic"


class UnknownWish(FeedbackError):
    """I do not know this wish. It may have been removed."""


class SameWish(FeedbackError):
    """This is the same wish already. Choose another one."""

    field = "to"


class ReasonMissing(FeedbackError):
    """Whoever wished for it reads why it is not done now. Please write it."""

    field = "words"


class VoiceTooLong(FeedbackError):
    """I can keep voice messages of up to {seconds} seconds. Please send a shorter one, or write it to me."""


class VoicesEnough(FeedbackError):
    """I can keep {most} voice messages a day, and have all of yours: somebody listens to them.

    Please write the rest to me.
    """


class WritingWanted(FeedbackError):
    """Here I can only keep words. Please write it."""


class UnknownVoice(FeedbackError):
    """This voice message is no longer here."""


class VoiceAwaited(FeedbackError):
    """The voice message is still on its way. Please try again in a moment."""


class NobodyByThatName(FeedbackError):
    """I do not know anybody called “{name}”. Write a name or key from the organisation file, or mention them."""

    field = "to"


class ManyByThatName(FeedbackError):
    """“{name}” could be {names}. Please write more of the name."""

    field = "to"


class HandOverToOneself(FeedbackError):
    """The case is already with that person. Choose somebody else."""

    field = "to"


class MayNotOwn(FeedbackError):
    """{name} may not act on cases, so nothing was changed. Choose somebody else."""

    field = "to"


class GoesRound(FeedbackError):
    """{name} has passed this case on already. Choose somebody else, or hand it to {who}, who decides."""

    field = "to"


class OnlyReceives(FeedbackError):
    """{name} only receives what customers say; this case belongs to {owner}. Nothing was changed."""


class CannotStandIn(FeedbackError):
    """{name} may not own your cases, so cannot stand in for you. Name somebody else."""


class CustomerDoesNotWishContact(FeedbackError):
    """The customer did not allow us to contact them, so nothing was sent."""


class CustomerUnreachable(FeedbackError):
    """The customer cannot be reached in any channel I know, so nothing was sent."""


class UnknownTouchpoint(FeedbackError):
    """I do not know the touchpoint “{key}”. Known ones: {known}."""

    field = "touchpoint"


class UnknownService(FeedbackError):
    """I do not know the service “{key}”. Known ones: {known}."""

    field = "service"


class UnknownAccount(FeedbackError):
    """I do not know the account “{key}”. Known ones: {known}."""

    field = "account"


class UnknownTeam(FeedbackError):
    """I do not know the team “{key}”. Known ones: {known}."""

    field = "team"


class UnknownStream(FeedbackError):
    """I do not know whose answers “{key}” would be. Choose among: {known}."""

    field = "stream"


class UnknownBand(FeedbackError):
    """“{key}” is no class of scores. Choose among: {known}."""

    field = "band"


class DigestGone(FeedbackError):
    """Whoever this digest was for is no longer in the organisation file, so I cannot show more of it."""


class DayNotUnderstood(FeedbackError):
    """“{words}” is not a day. Write year, month and day, such as 2026-11-30."""


class DaysBackwards(FeedbackError):
    """The last day, {until}, comes before the first, {since}. Exchange them."""

    field = "until"


class FiguresAreOfAll(FeedbackError):
    """Figures are of all answers: they cannot be chosen by band or by words."""

    field = "band"


class OneStreamAtATime(FeedbackError):
    """Figures of different groups are never mixed. Choose one stream."""

    field = "stream"


class SearchTooLong(FeedbackError):
    """Please look for fewer words: {most} characters at most."""

    field = "words"


class UnknownCustomer(FeedbackError):
    """I do not know the customer “{key}”. Give a person's key, an e-mail address or a channel identity."""

    field = "customer"


class HappensInTheFuture(FeedbackError):
    """The encounter's time {at} is in the future. Check the clock and the time zone."""

    field = "happened_at"


class UnknownCommand(FeedbackError):
    """I do not understand “{words}”. Write “help” to see what I understand."""


class UnknownEncounter(FeedbackError):
    """I do not know the encounter “{reference}”."""


class KeyNameUnfit(FeedbackError):
    """“{name}” cannot name a key. Use small letters, digits and hyphens, such as helpdesk-portal."""

    field = "name"


class KeyNameTaken(FeedbackError):
    """There is a key named “{name}” already. Revoke it first, or choose another name."""

    field = "name"


class UnknownKey(FeedbackError):
    """There is no key named “{name}” that could be revoked. Known ones: {known}."""

    field = "name"


class KeyReused(FeedbackError):
    """The idempotency key “{key}” came with a different request before. Use a new key for a new request."""


class UnknownAudience(FeedbackError):
    """I do not know the team or person “{key}”. Known ones: {known}."""


class UnknownQuestion(FeedbackError):
    """There is no question “{key}” here that is answered by {how}. There are: {known}."""

    field = "question"


class LinksAreOff(FeedbackError):
    """Survey links need {settings} among the settings of Kaiku."""


class PagesAreOff(FeedbackError):
    """I have no address to send you to: whoever runs Kaiku has to tell it where its pages are reached."""


class LoginLinkOver(FeedbackError):
    """This link has been used, or its ten minutes are over. Write “login” to me in the chat to get a new one."""


class LinkOfAnother(FeedbackError):
    """This link was given to somebody else than {name}, who is logged in here. Log out first if it is yours."""


class ProviderFailed(FeedbackError):
    """Logging in with your organisation's account did not work. Try again, or write “login” to me in the chat."""


class NobodyByThatAddress(FeedbackError):
    """Nobody who works here is known to me by your e-mail address. Ask your administrator to add it."""


class FormStale(FeedbackError):
    """The page was open for too long, or came from somewhere else. Load it again and try once more."""


class NoSuchPage(FeedbackError):
    """There is no such page, or what it showed is not here any more."""


class UnknownKiosk(FeedbackError):
    """I do not know the kiosk “{key}”. Known ones: {known}."""


class AbsenceNotUnderstood(FeedbackError):
    """I do not understand “{words}”. Write for example: away until Monday, Ville answers — or: away until 7.12."""


class DeputyOfOneself(FeedbackError):
    """You cannot stand in for yourself. Name a colleague."""


class LinkOver(FeedbackError):
    """This link has expired or was used already. If you have something to tell us, just write it to me."""


class UnknownLinkCode(FeedbackError):
    """I do not know this code, or its ten minutes are over. Write “link” in the other channel to get a new one."""


class AlreadySomebodyElse(FeedbackError):
    """I already know you here as somebody else, so I linked nothing. Ask your administrator to correct the people."""


class ForCustomers(FeedbackError):
    """This question is for customers, so I did not record anything. What a customer told you, you can log."""


class UnknownPerson(FeedbackError):
    """I do not know “{name}”. Give a key, an e-mail address, a channel and the id there, or the whole name."""


class FileNamesThem(FeedbackError):
    """{name} stands in the organisation file and would be known again. Take them out, apply it, and try again."""


class FileNamesYou(FeedbackError):
    """You stand in the organisation file, by which I would know you again. Ask {who} to take you out of it first."""


class OnlyADryRun(FeedbackError):
    """This is a dry run: nothing that is tapped here is recorded."""


class NoPilot(FeedbackError):
    """There is no pilot to join or leave at the moment."""
