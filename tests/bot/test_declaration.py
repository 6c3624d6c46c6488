"""Reading the organisation file: what it says is understood, and every mistake is told with its line."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.declaration import Declaration, read
from handlers.organisation import Organisation
from handlers.rules.scales import ScoreRange
from handlers.wording.pack import QUESTIONS
from storage.vocabulary import Metric, Polarity

EXAMPLE = Path(__file__).parents[2] / "organisation.example.yaml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "organisation.yaml"


def declared(file: Path, text: str) -> Declaration:
    file.write_text(text, "utf-8")
    return read(file)


def organisation_in(file: Path, text: str) -> Organisation:
    declaration = declared(file, text)
    assert declaration.errors == ()
    assert declaration.organisation is not None
    return declaration.organisation


def told(file: Path, text: str) -> list[str]:
    """Each problem as *line: sentence advice*."""
    return [str(problem).removeprefix(f"{file}:") for problem in declared(file, text).problems]


def test_the_example_is_without_fault() -> None:
    declaration = read(EXAMPLE)

    assert declaration.problems == ()
    assert declaration.organisation is not None


def test_values_are_read_the_way_people_write_them(file: Path) -> None:
    organisation = organisation_in(
        file,
        """
name: Kaiku
calendars:
  office:
    country: NO
    hours: [{days: [mon], opens: 8.30, closes: 16:00}]
    closed: [2026-12-31]
asking: {cool_down: 2 w, account_window: 90 min, reminder_after: null}
thresholds: {csat: {alert: 1–2, praise: 5}}
people:
  maya: {name: 007, role: manager, phone: 0401234567, identities: {sandbox: maya, telegram: 1234567}}
touchpoints: {phone: {name: Call, survey: own, sampling: 0.3}}
surveys:
  own:
    questions:
      - ease
      - {key: hard, metric: ces, polarity: low is good, scale: 1-7, wording: {fi: Työläs, sv: x, en: y}}
""",
    )
    assert organisation.name == {"fi": "Kaiku", "sv": "Kaiku", "en": "Kaiku"}
    office = organisation.calendars["office"]
    assert (office.country, office.closed) == ("NO", (date(2026, 12, 31),))
    assert (office.hours[0].opens, office.hours[0].closes) == (time(8, 30), time(16))
    assert organisation.asking.cool_down == timedelta(days=14)
    assert organisation.asking.account_window == timedelta(minutes=90)
    assert organisation.asking.reminder_after is None
    assert organisation.thresholds["csat"].alert == ScoreRange(1, 2)
    maya = organisation.people["maya"]
    assert (maya.key, maya.name, maya.phone) == ("maya", "007", "0401234567")
    assert maya.identities["telegram"] == "1234567"
    assert organisation.touchpoints["phone"].sampling == 0.3
    ease, hard = organisation.surveys["own"].questions
    assert ease == QUESTIONS["ease"]
    assert (hard.metric, hard.polarity, hard.highest) == (Metric.CES, Polarity.LOW_IS_GOOD, 7)


def test_a_question_takes_the_usual_scale_of_its_metric(file: Path) -> None:
    organisation = organisation_in(
        file,
        """
name: Kaiku
surveys:
  own:
    questions:
      - {key: nice, metric: csat, wording: Nice}
      - {key: advise, metric: nps, wording: Recommend}
      - {key: done, metric: resolved, wording: Done}
      - {key: why, metric: words, wording: Why}
""",
    )
    scales = [(q.lowest, q.highest, q.polarity) for q in organisation.surveys["own"].questions]
    assert scales == [
        (1, 5, Polarity.HIGH_IS_GOOD),
        (0, 10, Polarity.HIGH_IS_GOOD),
        (1, 3, Polarity.LOW_IS_GOOD),
        (0, 0, Polarity.NONE),
    ]


def test_anchors_and_merge_keys_save_typing(file: Path) -> None:
    organisation = organisation_in(
        file,
        """
name: Kaiku
cx_lead: maya
people: {maya: {name: Maya, role: cx lead, identities: {sandbox: maya}}}
services:
  desk: &usual {name: Desk, owner: maya, respond_within: 2 h}
  lobby: {<<: *usual, name: Lobby}
""",
    )
    lobby = organisation.services["lobby"]
    assert (lobby.key, lobby.name["fi"], lobby.respond_within) == ("lobby", "Lobby", timedelta(hours=2))


UNREADABLE = {
    "": "1: The file says nothing. organisation.example.yaml shows what can stand here.",
    "# nothing\n": "1: The file says nothing. organisation.example.yaml shows what can stand here.",
    "\n- services": "2: The file must consist of sections, such as `services:`. "
    "organisation.example.yaml shows how to begin.",
    "name: x\nservices:\n\tdesk: x": "3: There is a tab here. YAML is indented with spaces: replace it.",
    'name: "x\nlanguage: fi': "2: A quote is opened and never closed. Close it.",
    "name: x\nlead: a: b": "2: There is a colon where none can be. "
    "Put a text that holds a colon, or begins with a sign, in quotes.",
    "teams:\n  a: {name: x}\n b: {name: y}": "3: This line does not fit the indentation above it. "
    "Indent with spaces, and what belongs together by the same number.",
    "name: x\nservices": "2: There is no colon after this word. Write `word: value`.",
    "name: x\n---\nname: y": "2: A second document begins here. Remove the line of dashes: one file, one document.",
    "name: x\nlead: *maya": "2: This alias has no anchor. Define it with & above, or put the text in quotes.",
    "name: x\nteams: &a {b: *a}": "2: This alias holds itself. Write out what you mean.",
    "name: x\nlead: !!python/object:os.system {}": "2: “tag:yaml.org,2002:python/object:os.system” is a kind of "
    "value I do not read. Remove the tag.",
    "name: x\nlead: a\x00b": "2: There is an invisible character here (U+0000). "
    "Delete it; typing the line anew is often quickest.",
    "name: x\n? [a]\n: b": "2: Before a colon stands one word. Write `word: value`.",
    "name: x\n<<: y": "2: After `<<` only a section can follow. Name the anchor of a section.",
    "[" * 3000: "1: The file is nested too deeply. Three or four levels are enough.",
    "name: @x": "1: This sign cannot begin a value. Put a text that holds a colon, or begins with a sign, in quotes.",
}


@pytest.mark.parametrize(("text", "sentence"), UNREADABLE.items(), ids=range(len(UNREADABLE)))
def test_what_is_no_yaml_is_told_in_words(file: Path, text: str, sentence: str) -> None:
    assert told(file, text) == [sentence]


def test_aliases_that_unfold_without_end_are_stopped(file: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]

    assert "unfold to too many values" in told(file, "\n".join(lines))[0]


def test_a_file_that_is_not_there_or_no_text_is_told(file: Path) -> None:
    (missing,) = read(file).problems
    (folder,) = read(file.parent).problems
    file.write_bytes(b"name: x\nlead: \xe4\xe4")
    (latin,) = read(file).problems
    file.write_bytes(b"#" * 1_000_001)
    (huge,) = read(file).problems

    assert str(missing) == (
        f"{file}:1: There is no such file. Copy organisation.example.yaml there, or name another file."
    )
    assert folder.sentence == "The file cannot be read: Is a directory."
    assert str(latin) == f"{file}:2: This is not UTF-8 text. Save the file as UTF-8."
    assert huge.sentence == "The file is larger than a megabyte."


def test_a_byte_order_mark_is_no_mistake(file: Path) -> None:
    file.write_bytes("\ufeffname: x".encode())

    assert read(file).problems == ()


REFUSED = {
    "servicess: {}": "2: “servicess” is not a word I know here. Did you mean `services`?",
    "services: {desk: {name: x, ownr: maya}}": "2: “ownr” is not a word I know here. Did you mean `owner`?",
    "digest: {moon: full}": "2: “moon” is not a word I know here. Known here are at, length, managers, parts, "
    "teams and weekday.",
    "touchpoints:\n  desk:\n    delay: 5 min": "3: “name” is missing here. Add `name:` and its value.",
    "services:\n  Help Desk: {name: x}": "3: “Help Desk” cannot be a key. Use small letters, digits and hyphens, "
    "such as service-desk, and begin with a letter or digit.",
    "cx_lead: Liisa H": "2: “Liisa H” cannot be a key. Use small letters, digits and hyphens, "
    "such as service-desk, and begin with a letter or digit.",
    f"cx_lead: {'a' * 61}": f"2: “{'a' * 61}” is too long. Use at most 60 characters.",
    "teams:\n  desk:\n    name: x\n    key: desk": "5: “key” is not a word I know here. "
    "The key is what stands before the colon: “desk”. Remove this line.",
    "name: y": "2: “name” was already written on line 1. Keep one of the two.",
    "services:": "2: “services” is empty. Write something after the colon, or remove the line.",
    "services: 5": "2: After “services” I expect an indented section, not “5”. Write `word: value` lines below it.",
    "services: [desk]": "2: After “services” I expect an indented section, not “['desk']”. "
    "Write `word: value` lines below it.",
    "services: {desk: Desk}": "2: After “desk” I expect an indented section, not “Desk”. "
    "Write `word: value` lines below it.",
    "asking: {days: mon}": "2: After “days” I expect a list, not “mon”. "
    "Write [one, two], or each on a line of its own after a dash.",
    "asking: {days: [mon, tu]}": "2: “tu” cannot stand here. Did you mean `tue`?",
    "asking: {account_cap: 0}": "2: “account_cap” is 0, but must be at least 1. Choose another number.",
    "asking: {account_cap: many}": "2: “many” is not a whole number. Write digits only.",
    "asking: {cool_down: 3 years}": "2: “3 years” is not a duration. "
    "Write a number and a unit: 10 min, 4 h, 30 d or 2 w.",
    "asking: {cool_down: 30}": "2: “30” is not a duration. Write a number and a unit: 10 min, 4 h, 30 d or 2 w.",
    "asking: {cool_down: 999999 w}": "2: “999999 w” is longer than ten years. Write a shorter time.",
    "asking: {quiet_from: 25:00}": "2: “25:00” is not a time of day. Write hours and minutes, such as 08:30.",
    "touchpoints: {call: {name: x, margin: 0}}": "2: “margin” is 0, but must be at least 1. "
    "Choose another number.",
    "services: {desk: {name: x, margin: 51}}": "2: “margin” is 51, but must be at most 50. "
    "Choose another number.",
    "services: {desk: {name: x, margin: -5}}": "2: “margin” is -5, but must be at least 1. "
    "Choose another number.",
    "touchpoints: {call: {name: x, sampling: 2}}": "2: “sampling” is 2, but must be at most 1. "
    "Choose another number.",
    "touchpoints: {call: {name: x, sampling: 30 %}}": "2: “30 %” is not a number. "
    "Write digits, with a point before decimals: 0.3.",
    "touchpoints: {call: {name: {}}}": "2: This text is empty. Write it in at least one language.",
    "touchpoints: {call: {name: [x]}}": "2: After “name” I expect an indented section, not “['x']”. "
    "Write `word: value` lines below it.",
    "touchpoints: {call: {name: {de: Anruf}}}": "2: “de” is not a language we speak. Ours are fi, sv and en.",
    "people: {maya: {name: [x]}}": "2: After “name” I expect a text, not “['x']”. Put it in quotes.",
    "people: {maya: {name: Maya, role: bos}}": "2: “bos” cannot stand here. "
    "Write one of customer, staff, manager, cx lead, admin and provider.",
    "people: {maya: {name: Maya, role: managr}}": "2: “managr” cannot stand here. Did you mean `manager`?",
    "people:\n  maya:\n    name: Maya\n    away: [{starts: 2026-13-01, ends: 2027-01-01}]": "5: “2026-13-01” "
    "is not a date. Write year, month and day: 2026-12-24.",
    "thresholds: {csat: {alert: 2-1}}": "2: “2-1” is not a range of scores. "
    "Write the lowest and the highest: 1-2; or one score: 9.",
    "targets: {csat: 0}": "2: A target of 0 says nothing. Write what you want to reach, or remove the line.",
    "targets: {csat: 101}": "2: “101” is not a target. Write per cent, such as 85; of NPS a figure such as +40.",
    "targets: {csat: many}": "2: “many” is not a target. Write per cent, such as 85; of NPS a figure such as +40.",
    "thresholds: {csat: {alert: low}}": "2: “low” is not a range of scores. "
    "Write the lowest and the highest: 1-2; or one score: 9.",
    "surveys: {a: {questions: [eese]}}": "2: “eese” is not a shipped question. Did you mean `ease`?",
    "surveys: {a: {questions: [zzz]}}": "2: “zzz” is not a shipped question. Shipped are ease, satisfied, handled, "
    "words, contact, effort, recommend, grade, once, expected, feeling, staff_said, staff_felt and guidance; "
    "or write the question out.",
    "surveys: {a: {questions: [{key: x, metric: csatt, wording: x}]}}": "2: “csatt” cannot stand here. "
    "Did you mean `csat`?",
    "surveys: {a: {questions: [{key: x, metric: ces, wording: x}]}}": "2: The question “x” does not say which end of "
    "its scale is good. Add `polarity: high is good` or `polarity: low is good`.",
    "surveys: {a: {questions: [{key: x, metric: nps, wording: x, scale: 1-5}]}}": "2: A question of the metric nps "
    "has its own scale and polarity. Leave `scale` and `polarity` out, or choose another metric.",
    "surveys: {a: {questions: [{key: x, metric: csat, wording: x, scale: 1-20}]}}": "2: The scale 1–20 of “x” goes "
    "beyond 10. Choose one within 0-10.",
    "surveys: {a: {questions: [{key: x, metric: choice, wording: x}]}}": "2: The choice question “x” has fewer than "
    "two options. Add `options`.",
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_wrong_word_is_told_with_its_line_and_what_to_do(file: Path, text: str, sentence: str) -> None:
    assert told(file, f"name: x\n{text}") == [sentence]
    assert declared(file, f"name: x\n{text}").organisation is None


def test_several_mistakes_are_told_at_once_in_the_order_of_the_lines(file: Path) -> None:
    problems = declared(
        file,
        """
name: x
langauge: fi
services:
  desk: {name: x, owner: maya}
  desk: {name: y}
people:
  maya: {name: Maya, role: bos}
asking: {cool_down: soon}
""",
    ).problems

    assert [(problem.line, problem.where) for problem in problems] == [
        (3, "langauge"),
        (6, "services.desk"),
        (8, "people.maya.role"),
        (9, "asking.cool_down"),
    ]
    assert {problem.file for problem in problems} == {file}


def test_what_the_words_mean_is_checked_with_lines_too(file: Path) -> None:
    declaration = declared(
        file,
        """
name: {fi: x, en: x}
services:
  desk:
    name: x
    owner: mayq
people:
  maya: {name: Maya, role: manager, identities: {slak: U1}}
""",
    )

    assert [str(problem).removeprefix(f"{file}:") for problem in declaration.errors] == [
        "6: “mayq” is not among the people. Did you mean `maya`?",
        "8: “slak” is not a channel. Did you mean `slack`?",
    ]
    assert [str(problem).removeprefix(f"{file}:") for problem in declaration.warnings] == [
        "2: This text is missing in Swedish. Add it; until then people read it in another language.",
    ]


def test_a_warning_does_not_keep_the_organisation_from_being_used(file: Path) -> None:
    declaration = declared(file, "name: {fi: x}")

    assert [problem.warning for problem in declaration.problems] == [True]
    assert declaration.organisation is not None


def test_wrong_values_hide_no_other_mistake(file: Path) -> None:
    problems = told(
        file,
        """
name: Kaiku
cx_lead: liisa
services:
  desk: {name: Desk, owner: mya, respond_within: soon}
  lobby: {owner: maya, team: desc}
  door: {name: Door, owner: maya, thresholds: {csat: {alert: 4-5}}}
teams: {desk: {name: Desk, lead: Ville H}}
touchpoints: {phone: {name: Call, survey: encounter}}
people:
  maya: {name: Maya, role: bos, deputy: tom, identities: {slak: U1, sandbox: maya}}
  ville: {name: Ville, identities: {sandbox: maya}, away: [{starts: x, ends: y, deputy: tom}, {starts: z}]}
""",
    )
    lines = [int(problem.split(":")[0]) for problem in problems]
    assert lines == sorted(lines)
    assert set(problems) == {
        "3: “liisa” is not among the people. Declare it under `people`, or name one that is there.",
        "5: “mya” is not among the people. Did you mean `maya`?",
        "5: “soon” is not a duration. Write a number and a unit: 10 min, 4 h, 30 d or 2 w.",
        "6: “desc” is not among the teams. Did you mean `desk`?",
        "6: “name” is missing here. Add `name:` and its value.",
        (
            "7: Alert at 4–5 on “satisfied” would alert on the best answers, because high is good; did you mean 1–2? "
            "Change the range, or declare it under the key of the question it is meant for."
        ),
        (
            "8: “Ville H” cannot be a key. Use small letters, digits and hyphens, such as service-desk, "
            "and begin with a letter or digit."
        ),
        "11: “bos” cannot stand here. Write one of customer, staff, manager, cx lead, admin and provider.",
        "11: “slak” is not a channel. Did you mean `slack`?",
        "11: “tom” is not among the people. Declare it under `people`, or name one that is there.",
        "12: “ends” is missing here. Add `ends:` and its value.",
        "12: “tom” is not among the people. Declare it under `people`, or name one that is there.",
        "12: “x” is not a date. Write year, month and day: 2026-12-24.",
        "12: “y” is not a date. Write year, month and day: 2026-12-24.",
        "12: “z” is not a date. Write year, month and day: 2026-12-24.",
    }


FOLLOWERS = {
    "services: {desk: {name: x, owner: Liisa H}}": "who has no owner only because the word is wrong",
    "people: {maya: {name: M, role: staff, prefers: sandbox, identities: [sandbox]}}": "prefers no identity",
    "services: {desk: {name: x, owner: maya}}\npeople: {maya: Maya}": "an entry that is no section is an entry",
    "services: {desk: {name: x, owner: maya}}\npeople: [maya]": "a section that is none may hold anybody",
    "services: {desk: {name: x, owner: maya}}\npeple: {maya: {name: M}}": "so may one that is misspelt",
    "services: {desk: {name: x}}\ncx_leed: maya\npeople: {maya: {name: M}}": "nobody would get its cases",
    "surveys: {a: {questions: [{key: nice, metric: csat, wordng: x}]}}\nthresholds: {nice: {alert: 1-2}}": "“nice” "
    "is no question",
    "surveys: {a: {stream: stuff, questions: [staff_said]}}\n"
    "touchpoints: {t: {name: x, staff_survey: a}}": "the wrong stream",
    "asking: {account_cap: 3}\naccounts: [acme]": "the cap does nothing without accounts",
    "calendars: {a: {hours: [{days: [mo], opens: 8, closes: 16:00}]}}": "a day without hours",
    "kiosks: {a: {name: x, pin: 12, touchpoint: Call us}}": "“unread” is no touchpoint",
}


@pytest.mark.parametrize("text", FOLLOWERS, ids=FOLLOWERS.values())
def test_what_follows_from_a_wrong_value_is_not_told_beside_it(file: Path, text: str) -> None:
    wrong = {problem.sentence for problem in declared(file, f"name: x\n{text}").problems}

    words = ("cannot", "not a word", "missing here", "expect", "not a time", "is not a language")
    assert wrong
    assert all(any(word in sentence for word in words) for sentence in wrong), wrong


@pytest.mark.parametrize("name", ["name: [x]", "", "name:"])
def test_an_organisation_without_a_name_is_read_on(file: Path, name: str) -> None:
    problems = declared(file, f"{name}\nservices: {{desk: {{name: x, owner: mya}}}}").problems

    assert [problem.where for problem in problems] == ["name", "services.desk.owner"]


def test_every_mistake_in_a_rule_is_told_with_its_line(file: Path) -> None:
    text = """name: Kaiku
cx_lead: maya
people:
  maya: {name: Maya, role: manager, identities: {sandbox: maya}}
teams:
  desk: {name: Desk, receives_only: perhaps}
services:
  help: {name: Help, owner: maya}
routing:
  rules:
    - service: help
      ownr: maya
    - {type: complain, owner: maya}
    - {service: halp, rota: [maya, desk]}
    - service: help
      owner: maya
    - {service: [help], category: printers, owner: maya}
"""
    assert told(file, text) == [
        "6: “perhaps” is not a yes or no. Write true or false.",
        "12: “ownr” is not a word I know here. Did you mean `owner`?",
        "13: “complain” cannot stand here. Did you mean `complaint`?",
        "14: “halp” is not among the services. Did you mean `help`?",
    ]
    for wrong, right in (
        ("perhaps", "true"),
        ("ownr", "owner"),
        ("complain,", "complaint,"),
        ("halp", "help"),
    ):
        text = text.replace(wrong, right)
    nobodys = (
        "The rota is nobody's: nobody in the team “desk” may own a case. "
        "Name people, or a team that has staff or managers."
    )
    unreached = (
        "No case comes as far as this rule: rule 1 takes them all. "
        "The first that fits holds: move this one before it, or remove it."
    )
    assert told(file, text) == [
        f"14: {nobodys}",
        f"14: {unreached}",
        f"15: {unreached}",
        f"17: {unreached}",
    ]
