"""The form of a telephone interview, and what is said of it."""

from collections.abc import Sequence

from handlers.messages import Action, ChoiceField, Form, FormField, Message, Paragraph, TextField, Verb
from handlers.rules import scales
from handlers.rules.scales import Question
from handlers.wording.language import pick, translate
from handlers.wording.scores import named, point_label
from storage.vocabulary import Metric

ANSWER = "answer-"
"""Before the key of a question, in the form's field for its answer."""


def form(questions: Sequence[Question], services: tuple[tuple[str, str], ...], language: str) -> Form:
    """Permission, who it is, at most three questions, and whether they may be contacted."""
    yes_no = (("yes", translate(language, "yes")), ("no", translate(language, "no")))
    service = ChoiceField("service", translate(language, "Service"), services, required=False)
    permission = translate(language, "Did they allow the interview?")
    contact = translate(language, "Do they allow us to contact them about it?")
    return Form(
        Action(Verb.INTERVIEW),
        title=translate(language, "Telephone interview"),
        fields=(
            ChoiceField("permission", permission, yes_no),
            TextField("customer", translate(language, "Customer"), max_length=200),
            *((service,) if services else ()),
            *(_question(question, language) for question in questions),
            ChoiceField("consent", contact, yes_no, required=False),
        ),
        submit=translate(language, "Save"),
        intro=translate(
            language,
            "Ask first: “May I ask you three short questions and write down your answers?” "
            "After a no, thank them and end the call.",
        ),
    )


def recorded(customer: str, language: str) -> Message:
    """To who held the interview."""
    said = translate(
        language,
        "Thank you, the interview has been recorded as answers that you wrote down: {customer}",
        customer=customer,
    )
    return Message((Paragraph(said),), summary=said)


def _question(question: Question, language: str) -> FormField:
    key, asked = f"{ANSWER}{question.key}", named(question, language)
    if question.metric is Metric.WORDS:
        return TextField(key, asked, multiline=True, required=False)
    points = tuple((str(score), _point(question, score, language)) for score in scales.points(question))
    return ChoiceField(key, asked, points, required=False)


def _point(question: Question, score: int, language: str) -> str:
    """A point with the anchor of its end, since the interviewer reads it aloud."""
    anchors = {question.lowest: question.low_anchor, question.highest: question.high_anchor}
    anchor = pick(anchors.get(score), language)
    number = point_label(question, score, language)
    return f"{number} – {anchor}" if anchor else number
