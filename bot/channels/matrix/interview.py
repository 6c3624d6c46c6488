"""A form as a conversation: a question is answered, the next one is asked, the last one does the deed."""

from dataclasses import replace

from bot.channels.matrix import forms, render
from bot.channels.matrix.forms import Filling
from bot.channels.matrix.memory import Offer
from bot.channels.matrix.payloads import Heard
from bot.channels.matrix.replies import Replies
from bot.channels.matrix.voice import Voice
from handlers.buttons import Circumstances, submitted
from handlers.events import FormAsked
from handlers.messages import Form, FormErrors, FormField, OpenForm


class Interview:
    """Takes answers to questions of forms.

    The next question is asked before the answered one is marked as such: a crash between the two hears
    the answer again, and the server recognises the question by its key.
    """

    def __init__(self, replies: Replies, voice: Voice) -> None:
        self._replies, self._voice = replies, voice

    async def answered(self, heard: Heard, offer: Offer, words: str) -> None:
        """Somebody answered a question. Raises `ValueError` when it is none of ours."""
        filling = Filling.from_json(offer.form)
        form = None if forms.wants_to_stop(words) else await self._form(heard, filling)
        if form is None:
            await self._settle(heard, offer, forms.STOPPED)
            return
        field = next((field for field in form.fields if field.key == filling.asking), None)
        value = forms.value_of(words, offer.choices)
        if field is None or value is None or (field.required and not value.strip()):
            await self._replies.ask(heard, form, filling, forms.NOT_AN_ANSWER)
            await self._settle(heard, offer, words)
        else:
            await self._go_on(heard, form, filling.with_answer(value))
            await self._settle(heard, offer, _done(field, words))

    async def _form(self, heard: Heard, filling: Filling) -> Form | None:
        """The form anew, for somebody who may still do it: what it offers may have changed meanwhile."""
        where: Circumstances = {**await self._replies.where(heard), "delivery_id": ""}
        reply = await self._replies.store(FormAsked(action=filling.action, **where))
        if isinstance(reply, OpenForm):
            return reply.form
        await self._replies.answer(heard, reply)
        return None

    async def _go_on(self, heard: Heard, form: Form, filling: Filling) -> None:
        if forms.next_field(form, filling):
            await self._replies.ask(heard, form, filling)
        else:
            await self._submit(heard, form, filling)

    async def _submit(self, heard: Heard, form: Form, filling: Filling) -> None:
        where: Circumstances = {**await self._replies.where(heard), "message": filling.message}
        if filling.message:
            where["conversation"] = filling.conversation
        reply = await self._replies.store(submitted(filling.action, filling.given, **where))
        if isinstance(reply, FormErrors):
            await self._ask_again(heard, form, filling, reply)
        else:
            await self._replies.answer(heard, reply, filling.conversation, filling.message)

    async def _ask_again(self, heard: Heard, form: Form, filling: Filling, refused: FormErrors) -> None:
        """What was right is kept; what was not is asked for once more."""
        right = {key: value for key, value in filling.given.items() if key not in refused.errors}
        problem = "\n".join(refused.errors.values())
        if len(right) < len(filling.given):
            await self._replies.ask(heard, form, replace(filling, given=right), problem)
        else:
            await self._voice.whisper(heard, render.note(problem))

    async def _settle(self, heard: Heard, offer: Offer, said: str) -> None:
        """What stands in the question's place says by what it was answered, so that it is not answered twice."""
        await self._voice.change(heard.room, offer.message, forms.answered(heard.event, said))


def _done(field: FormField, words: str) -> str:
    return f"{field.label}\n✓ {words}"
