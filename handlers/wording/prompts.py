"""The request for feedback, from its first question to the thanks: one message that edits itself."""

from collections.abc import Iterable

from handlers.messages import (
    Action,
    Button,
    Buttons,
    Chips,
    Form,
    Heading,
    Message,
    Paragraph,
    Part,
    Quote,
    Scale,
    Small,
    Style,
    TextField,
    Verb,
)
from handlers.rules.scales import YES, Option, Question
from handlers.views import AnswerView, SurveyView
from handlers.wording.language import DAYS_IN_A_YEAR, local_moment, msgid, pick, plural, quoted, translate
from handlers.wording.scores import TAPPED, YES_NO, asked, given, points
from storage.vocabulary import DeclineReason, Metric, Privacy, Stream

_QUOTED_LENGTH = 80
"""Words that were written already are recalled this far, so that the next question stays in sight."""

_COUNTED = (
    msgid("One question"),
    msgid("Two questions"),
    msgid("Three questions"),
    msgid("Four questions"),
    msgid("Five questions"),
)
_SECONDS_A_QUESTION = 7

_DECLINED = {
    DeclineReason.NOT_MY_MATTER: msgid(
        "Thank you for telling me. This was not your matter, so I leave it here."
    ),
    DeclineReason.NOT_ABOUT_YOU: msgid(
        "Thank you for telling me. It is kept apart from the feedback about us."
    ),
    DeclineReason.ASK_A_COLLEAGUE: msgid("Thank you for telling me. I will not ask you about this again."),
    DeclineReason.NO_THANKS: msgid("That is fine. I will not ask you about this again."),
    DeclineReason.OPT_OUT: msgid(
        "I will not ask you for feedback any more. Write “start” if I may ask again."
    ),
}


def survey(view: SurveyView, language: str) -> Message:
    """The invitation as it reads now; the same view always gives the same message."""
    if view.declined is not None:
        return _plain(translate(language, _DECLINED[view.declined]), _always_welcome(language))
    if view.expired:
        return _plain(
            translate(language, "This request for feedback has expired."), _always_welcome(language)
        )
    question = _question(view, view.current)
    if question is None:
        return _thanks(view, language)
    opening = _answered(view, language) if _begun(view) else intro(view, language)
    words = asked(question, language, pick(view.organisation, language))
    parts = (*opening, Paragraph(words, strong=True), *_ways_to_answer(view, question, language))
    return Message((*parts, *_way_out(view, question, language)), summary=words)


def rehearsed(prompt: Message, who: str, language: str) -> Message:
    """The same prompt in the test conversation of a dry run: who would have got it, and that it does not count."""
    mark = translate(language, "DRY RUN: {who} would have got this now. Nothing tapped here counts.", who=who)
    return Message((Paragraph(mark, strong=True), *prompt.parts), summary=mark)


def moved(language: str) -> Message:
    """What stands in the place of a survey that goes on further down."""
    return _plain(translate(language, "This goes on below."))


def comment_form(view: SurveyView, question_key: str, language: str) -> Form:
    """The form for one free-text question, holding what was written before."""
    question = _question(view, question_key)
    label = asked(question, language, pick(view.organisation, language)) if question else ""
    before = view.answers.get(question_key, AnswerView()).words
    return Form(
        Action(Verb.WRITE, view.invitation, question_key),
        title=translate(language, "In your own words"),
        fields=(
            TextField(
                "words",
                label,
                multiline=True,
                hint=who_reads(view, language),
                value=before,
                max_length=min(view.longest, TextField.max_length),
            ),
        ),
        submit=translate(language, "Send"),
        confidential=view.nameless,
    )


def who_reads(view: SurveyView, language: str) -> str:
    """Beside the field for words."""
    if view.nameless:
        return translate(language, "How you write, and what only you can know, may give you away.")
    return translate(language, "{reader} reads this.", reader=_reader(view, language))


def _question(view: SurveyView, key: str | None) -> Question | None:
    return next((question for question in view.questions if question.key == key), None)


def _begun(view: SurveyView) -> bool:
    return bool(view.answers or view.skipped)


def _reader(view: SurveyView, language: str) -> str:
    return view.reader or pick(view.organisation, language)


def _plain(*paragraphs: str) -> Message:
    return Message(tuple(Paragraph(text) for text in paragraphs), summary=paragraphs[0])


def _always_welcome(language: str) -> str:
    return translate(language, "If you have something to tell us, you can always just write it to me.")


# What is said before the first question.


def intro(view: SurveyView, language: str, *, chat: bool = True) -> tuple[Part, ...]:
    """Who asks, about what, how long it takes, and what becomes of the answer; in a chat, or where no one hears."""
    sentences = (
        _greeting(view, language),
        _effort(view, language),
        _purpose(view, language),
        translate(language, "You may also choose not to answer."),
    )
    opening: list[Part] = [Heading(pick(view.organisation, language))]
    if view.reminder:
        opening.append(
            Small(translate(language, "A reminder of an earlier request; there will be no other."))
        )
    opening.append(Paragraph(" ".join(sentences)))
    if view.shared:
        opening.append(Small(translate(language, "Nobody else here sees your score or your words.")))
    elif view.about:
        when = local_moment(view.happened_at, view.zone, language)
        opening.append(
            Small(translate(language, "This is about: {about}, {when}", about=view.about, when=when))
        )
    if view.nameless:
        opening.append(Small(_anonymity(view, language, chat=chat)))
    elif view.stream is not Stream.STAFF:
        opening.append(Small(_notice(view, language, chat=chat)))
    return tuple(opening)


def _anonymity(view: SurveyView, language: str, *, chat: bool) -> str:
    """What nobody can find out, what that costs, and who knows something all the same."""
    sentences = [
        translate(
            language,
            "Anonymous: I keep no trace of who answers what, and open at least {n} answers together.",
            n=view.together,
        ),
        translate(language, "So nobody can call you back, and nobody can erase your answer for you later."),
        translate(language, "What you write may give you away."),
        _kept(view.kept_days, language),
    ]
    if chat:
        sentences.append(translate(language, "This platform knows what you press; “privacy” tells more."))
    else:
        sentences.append(translate(language, "Whoever sent you the link does not see your answer."))
    return " ".join(filter(None, sentences))


def _notice(view: SurveyView, language: str, *, chat: bool) -> str:
    """Who learns whose the answer is, how long it is kept, and how to have it removed."""
    if view.privacy is Privacy.CONFIDENTIAL:
        whose = translate(language, "Confidential: whoever reads your answer is not told who you are.")
    else:
        whose = translate(language, "Your name goes with your answer.")
    if chat:
        more = translate(language, "“privacy” tells more, “forget me” erases it.")
    else:
        more = translate(language, "Ask us, and we tell you more or erase it.")
    return " ".join(filter(None, (whose, _kept(view.kept_days, language), more)))


def _kept(days: int | None, language: str) -> str:
    """For how long; nothing where there is no end. Nobody counts in hundreds of days what is years."""
    if not days:
        return ""
    if days % DAYS_IN_A_YEAR == 0:
        return plural(
            language,
            "Your words are kept for {n} year at most.",
            "Your words are kept for {n} years at most.",
            days // DAYS_IN_A_YEAR,
        )
    return plural(
        language,
        "Your words are kept for {n} day at most.",
        "Your words are kept for {n} days at most.",
        days,
    )


def _greeting(view: SurveyView, language: str) -> str:
    service = pick(view.service, language)
    if view.stream is Stream.STAFF:
        return translate(language, "You have just been in touch with a customer.")
    if view.stream is Stream.RELATIONSHIP:
        return translate(language, "We ask you how it is to work with us as a whole, not about one occasion.")
    if view.shared:
        return translate(language, "Was somebody here helped? Each of you may answer once.")
    if service:
        return translate(language, "Thank you for contacting us ({service}).", service=service)
    return translate(language, "Thank you for contacting us.")


def _effort(view: SurveyView, language: str) -> str:
    staff = view.stream is Stream.STAFF
    n = sum(staff or question.metric in TAPPED for question in view.questions)
    facts = {"seconds": max(10, round(n * _SECONDS_A_QUESTION, -1)), "n": n}
    if 1 <= n <= len(_COUNTED):
        questions = translate(language, _COUNTED[n - 1])
    else:
        questions = translate(language, "{n} questions", **facts)
    return translate(language, "{questions}, about {seconds} seconds.", questions=questions, **facts)


def _purpose(view: SurveyView, language: str) -> str:
    reader = _reader(view, language)
    if view.nameless:
        return _nameless_purpose(view, reader, language)
    if view.stream is Stream.STAFF:
        return translate(
            language,
            "{reader} reads what you write; it is kept apart from what customers say.",
            reader=reader,
        )
    if view.purpose:
        who = translate(language, "{reader} reads your answer.", reader=reader)
        return f"{who} {pick(view.purpose, language)}"
    return translate(language, "{reader} reads your answer; we use it to improve the service.", reader=reader)


def _nameless_purpose(view: SurveyView, reader: str, language: str) -> str:
    if view.purpose:
        who = translate(language, "{reader} reads the answers, without names.", reader=reader)
        return f"{who} {pick(view.purpose, language)}"
    return translate(
        language,
        "{reader} reads the answers, without names; we use them to improve the service.",
        reader=reader,
    )


# What was answered so far, and the question at hand.


def _answered(view: SurveyView, language: str) -> tuple[Part, ...]:
    return tuple(
        Small(f"{number}. {asked(question, language, pick(view.organisation, language))} → {words}")
        for number, question in enumerate(view.questions, 1)
        if question.key != view.current and (words := _recalled(view, question, language))
    )


def _recalled(view: SurveyView, question: Question, language: str) -> str:
    answer = view.answers.get(question.key)
    if view.nameless and answer is not None:
        return translate(language, "answered or skipped")
    reasons = _chosen_reasons(view, language) if question.metric is Metric.WORDS else ()
    if answer is None:
        left_out = translate(language, "left out") if question.key in view.skipped else ""
        return ", ".join(reasons) or left_out
    words = given(question, answer, language)
    if words and question.metric is Metric.WORDS:
        words = quoted(_shortened(words), language)
    return " · ".join(filter(None, (*reasons, words)))


def _chosen_reasons(view: SurveyView, language: str) -> tuple[str, ...]:
    return tuple(pick(o.label, language) for o in view.reasons if o.key in view.chosen_reasons)


def _shortened(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _QUOTED_LENGTH else f"{line[: _QUOTED_LENGTH - 1]}…"


def _ways_to_answer(view: SurveyView, question: Question, language: str) -> tuple[Part, ...]:
    answer = view.answers.get(question.key, AnswerView())
    if question.metric is Metric.WORDS:
        return _room_for_words(view, question, language)
    if question.metric is Metric.CHOICE:
        return (_chips(view, question, question.options, frozenset(answer.words.split()), language),)
    buttons = points(question, view.invitation, language, answer.score)
    if question.metric in YES_NO:
        return (Buttons(buttons),)
    return (Scale(buttons, pick(question.low_anchor, language), pick(question.high_anchor, language)),)


def _room_for_words(view: SurveyView, question: Question, language: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    if view.reasons:
        parts.append(_chips(view, question, view.reasons, view.chosen_reasons, language))
    if before := view.answers.get(question.key, AnswerView()).words:
        parts.append(Quote(before))
    write = Action(Verb.WRITE, view.invitation, question.key)
    parts.append(Buttons((Button(translate(language, "Write…"), write, Style.PRIMARY),)))
    if view.nameless:
        parts.append(
            Small(translate(language, "Only here is it without your name: what you write to me has it."))
        )
    elif not view.shared:
        parts.append(Small(translate(language, "You can also simply write it here as a message.")))
    return tuple(parts)


def _chips(
    view: SurveyView, question: Question, options: Iterable[Option], chosen: frozenset[str], language: str
) -> Chips:
    return Chips(
        tuple(
            Button(
                pick(option.label, language),
                Action(Verb.REASON, view.invitation, f"{question.key}={option.key}"),
                chosen=option.key in chosen,
            )
            for option in options
        )
    )


# The small buttons under every question.


def _way_out(view: SurveyView, question: Question, language: str) -> tuple[Part, ...]:
    rows = (
        [_skip(view, question, language), *_changes(view, language)]
        if _begun(view) or not view.shared
        else []
    )
    rest = [*_aside(view, language), _decline(view, DeclineReason.OPT_OUT, msgid("Don't ask me"), language)]
    ways: list[Part] = [Buttons(tuple(row)) for row in (rows, rest) if row]
    if view.nameless and view.responsible and view.stream is not Stream.STAFF:
        ways.append(Small(call_names_you(view, language)))
    return tuple(ways)


def call_names_you(view: SurveyView, language: str) -> str:
    """What asking for a person costs in an anonymous survey."""
    return translate(
        language,
        "If you ask to talk, {name} learns who you are; your answers stay without your name.",
        name=view.responsible,
    )


def _skip(view: SurveyView, question: Question, language: str) -> Button:
    answer = view.answers.get(question.key)
    chose = question.metric is Metric.WORDS and view.chosen_reasons
    label = translate(language, "Next") if chose or answer else translate(language, "Skip")
    return Button(label, Action(Verb.SKIP, view.invitation, question.key))


def _changes(view: SurveyView, language: str) -> tuple[Button, ...]:
    if not view.editable:
        return ()
    return tuple(
        Button(
            translate(language, "Change {number}", number=number),
            Action(Verb.CHANGE, view.invitation, question.key),
            spoken=translate(
                language,
                "Change the answer: {question}",
                question=asked(question, language, pick(view.organisation, language)),
            ),
        )
        for number, question in enumerate(view.questions, 1)
        if question.key != view.current and _recalled(view, question, language)
    )


def _aside(view: SurveyView, language: str) -> Iterable[Button]:
    if view.stream is Stream.STAFF:
        yield _decline(view, DeclineReason.NO_THANKS, msgid("Nothing this time"), language)
        return
    if view.responsible:
        wish = translate(language, "I'd rather talk to {name}", name=view.responsible)
        yield Button(wish, Action(Verb.PERSON, view.invitation))
    if not view.shared:
        yield _decline(view, DeclineReason.NOT_MY_MATTER, msgid("Not my matter"), language)


def _decline(view: SurveyView, reason: DeclineReason, label: str, language: str) -> Button:
    return Button(translate(language, label), Action(Verb.DECLINE, view.invitation, reason.name.lower()))


# What is said at the end.


def _thanks(view: SurveyView, language: str) -> Message:
    thanks = translate(language, "Thank you, your answer has been recorded.")
    parts = (
        Paragraph(thanks, strong=True),
        Paragraph(what_happens_next(view, language)),
        *_answered(view, language),
    )
    changes = _changes(view, language)
    return Message((*parts, Buttons(changes)) if changes else parts, summary=thanks)


def what_happens_next(view: SurveyView, language: str) -> str:
    """Who reads the answer and what they do about it; nothing that may not be kept."""
    if view.nameless:
        return _sealed(view, language)
    reader = _reader(view, language)
    consent = _consent(view)
    if not view.case_opened:
        return translate(
            language,
            "{reader} will read your answer; the answers are gone through every week.",
            reader=reader,
        )
    name = view.responsible or reader
    if consent is None:
        return translate(language, "{name} will read your answer and look into the matter.", name=name)
    if consent:
        return translate(
            language, "{name} will read your answer, look into the matter and contact you.", name=name
        )
    return translate(
        language,
        "{name} will read your answer and look into the matter. As you wished, nobody will contact you about it.",
        name=name,
    )


def _sealed(view: SurveyView, language: str) -> str:
    """What becomes of an anonymous answer, and of the wish to talk beside it."""
    opened = translate(
        language,
        "It is sealed, and opened together with others, {n} at least, once it can no longer be changed. "
        "Nobody can call you back about it.",
        n=view.together,
    )
    if not view.case_opened:
        return opened
    called = translate(
        language,
        "{name} will contact you, as you wished, and knows your name, but not your answers.",
        name=view.responsible or _reader(view, language),
    )
    return f"{called} {opened}"


def _consent(view: SurveyView) -> bool | None:
    for question in view.questions:
        answer = view.answers.get(question.key)
        if question.metric is Metric.CONSENT and answer is not None and answer.score is not None:
            return answer.score == YES
    return None
