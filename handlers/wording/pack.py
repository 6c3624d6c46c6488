"""The shipped questions and reason chips, in every language.

Anchors and polarity are part of a question: agreeing that it was easy and having had to work hard
are both 5. The scores of a yes/no question grow from yes to no, so its low end is the good one.
"""

from handlers.rules.scales import NO, YES, Option, Question
from handlers.wording.language import everywhere, msgid
from storage.vocabulary import Metric, Polarity

_EASE = Question(
    key="ease",
    metric=Metric.CES,
    wording=everywhere("It was easy for me to get my matter handled."),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=1,
    highest=5,
    low_anchor=everywhere("Strongly disagree"),
    high_anchor=everywhere("Strongly agree"),
)
_SATISFIED = Question(
    key="satisfied",
    metric=Metric.CSAT,
    wording=everywhere("How satisfied are you with the service you received?"),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=1,
    highest=5,
    low_anchor=everywhere("Very dissatisfied"),
    high_anchor=everywhere("Very satisfied"),
)
_HANDLED = Question(
    key="handled",
    metric=Metric.RESOLVED,
    wording=everywhere("Was your matter taken care of?"),
    polarity=Polarity.LOW_IS_GOOD,
    lowest=YES,
    highest=NO,
)
_WORDS = Question(
    key="words",
    metric=Metric.WORDS,
    wording=everywhere("In your own words: what worked, what did not?"),
)
_CONTACT = Question(
    key="contact",
    metric=Metric.CONSENT,
    wording=everywhere("May we contact you about your feedback?"),
    lowest=YES,
    highest=NO,
)
_EFFORT = Question(
    key="effort",
    metric=Metric.CES,
    wording=everywhere("How much effort did you have to put in?"),
    polarity=Polarity.LOW_IS_GOOD,
    lowest=1,
    highest=5,
    low_anchor=everywhere("Very little"),
    high_anchor=everywhere("Very much"),
)
_RECOMMEND = Question(
    key="recommend",
    metric=Metric.NPS,
    wording=everywhere("How likely are you to recommend {org} to a colleague?"),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=0,
    highest=10,
    low_anchor=everywhere("Not at all likely"),
    high_anchor=everywhere("Extremely likely"),
)
_GRADE = Question(
    key="grade",
    metric=Metric.GRADE,
    wording=everywhere("What grade do you give this visit?"),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=1,
    highest=10,
    low_anchor=everywhere("Could not be worse"),
    high_anchor=everywhere("Could not be better"),
)
_ONCE = Question(
    key="once",
    metric=Metric.FCR,
    wording=everywhere("Was it settled in one go?"),
    polarity=Polarity.LOW_IS_GOOD,
    lowest=YES,
    highest=NO,
)
_EXPECTED = Question(
    key="expected",
    metric=Metric.GAP,
    wording=everywhere("Compared with what you expected, how was it?"),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=1,
    highest=5,
    low_anchor=everywhere("Much worse than I expected"),
    high_anchor=everywhere("Much better than I expected"),
)
_FEELING = Question(
    key="feeling",
    metric=Metric.FEELING,
    wording=everywhere("How did it feel?"),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=1,
    highest=5,
    low_anchor=everywhere("Very bad"),
    high_anchor=everywhere("Very good"),
)
_STAFF_SAID = Question(
    key="staff_said",
    metric=Metric.WORDS,
    wording=everywhere("What did the customer say that we should act on?"),
)
_STAFF_FELT = Question(
    key="staff_felt",
    metric=Metric.FEELING,
    wording=everywhere("How did the customer seem to feel?"),
    polarity=Polarity.HIGH_IS_GOOD,
    lowest=1,
    highest=5,
    low_anchor=everywhere("Very bad"),
    high_anchor=everywhere("Very good"),
)
_GUIDANCE = Question(
    key="guidance",
    metric=Metric.WORDS,
    wording=everywhere("Which step or division of work feels pointless, and what would you do instead?"),
)

QUESTIONS: dict[str, Question] = {
    question.key: question
    for question in (
        _EASE,
        _SATISFIED,
        _HANDLED,
        _WORDS,
        _CONTACT,
        _EFFORT,
        _RECOMMEND,
        _GRADE,
        _ONCE,
        _EXPECTED,
        _FEELING,
        _STAFF_SAID,
        _STAFF_FELT,
        _GUIDANCE,
    )
}
"""Every shipped question by its key; a survey names them in `organisation.yaml`."""

DEFAULT_SURVEYS: dict[str, tuple[str, ...]] = {
    "encounter": ("ease", "satisfied", "handled", "words", "contact"),
    "staff": ("staff_said", "staff_felt"),
    "relationship": ("recommend", "words", "contact"),
}
"""The shipped surveys: question keys in order."""


def _chips(**labels: str) -> tuple[Option, ...]:
    return tuple(Option(key, everywhere(label)) for key, label in labels.items())


REASONS_LOW: tuple[Option, ...] = _chips(
    waiting=msgid("Waiting time"),
    not_heard=msgid("I was not listened to"),
    not_solved=msgid("It was not solved"),
    unclear=msgid("Unclear information"),
    repeating=msgid("I had to repeat myself"),
    technical=msgid("Technical problem"),
    other=msgid("Something else"),
)
"""Offered beside the free text after a poor score, in random order; *something else* stays last."""

REASONS_HIGH: tuple[Option, ...] = _chips(
    friendly=msgid("Friendly service"),
    quick=msgid("Quick"),
    solved=msgid("It was solved"),
    clear=msgid("Clear information"),
    heard=msgid("I was listened to"),
    other=msgid("Something else"),
)
"""Offered beside the free text after a good score."""
