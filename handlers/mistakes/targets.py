"""Targets of questions that there are not, or that could never be reached or missed."""

from collections.abc import Iterator

from handlers.declared import close
from handlers.lookups import SHIPPED_SURVEYS
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Targets
from handlers.rules.scales import ends
from storage.vocabulary import Metric

_METRICS = tuple(
    metric.value for metric in Metric if metric not in (Metric.CHOICE, Metric.WORDS, Metric.CONSENT)
)


def unfit_targets(organisation: Organisation) -> Iterator[Mistake]:
    """Targets for what is no question or metric, and shares below 1 %."""
    metrics = _metrics(organisation)
    for path, declared in _declared(organisation):
        for name, target in declared.items():
            if name not in metrics:
                yield Mistake(
                    (*path, name),
                    f"“{name}” is neither a question nor a metric that has a figure.",
                    close(name, metrics) or "Write the key of a question, or a metric such as csat or nps.",
                )
            elif target < 0 and metrics[name] != Metric.NPS:
                yield Mistake(
                    (*path, name),
                    f"“{name}” is a share, and no share is below 0.",
                    "Write per cent from 1 to 100.",
                )


def _metrics(organisation: Organisation) -> dict[str, str]:
    """Every name a target may have, with its metric."""
    surveys = (*SHIPPED_SURVEYS.values(), *organisation.surveys.values())
    asked = {q.key: q.metric.value for survey in surveys for q in survey.questions if ends(q)}
    return {**{metric: metric for metric in _METRICS}, **asked}


def _declared(organisation: Organisation) -> Iterator[tuple[Path, Targets]]:
    yield ("targets",), organisation.targets
    for section in ("teams", "touchpoints", "accounts"):
        for key, entry in getattr(organisation, section).items():
            yield (section, key, "targets"), entry.targets
