"""The feed: every open browser is told, in order, and none is kept waiting at the end."""

import asyncio

from bot.channels.sandbox.feed import ClockMoved, Feed, News, Removed, StillHere


async def everything(feed: Feed) -> list[News]:
    return [news async for news in feed.listen()]


async def test_every_browser_is_told_everything_in_order() -> None:
    feed = Feed()
    browsers = [asyncio.create_task(everything(feed)) for _ in range(3)]
    await asyncio.sleep(0)
    told: list[News] = [Removed("tom", "1"), ClockMoved(), Removed("tom", "2")]
    for news in told:
        feed.tell(news)
    feed.close()

    assert await asyncio.gather(*browsers) == [told] * 3


async def test_silence_is_broken_now_and_then() -> None:
    feed = Feed(quiet_seconds=0.01)
    heard = aiter(feed.listen())

    assert await anext(heard) == StillHere()
    feed.close()


async def test_nobody_listens_to_a_closed_feed() -> None:
    feed = Feed()
    feed.close()

    assert await everything(feed) == []


async def test_a_browser_that_left_is_forgotten() -> None:
    feed = Feed()
    browser = asyncio.create_task(everything(feed))
    await asyncio.sleep(0)
    browser.cancel()
    await asyncio.gather(browser, return_exceptions=True)
    feed.tell(ClockMoved())

    assert not feed._browsers
