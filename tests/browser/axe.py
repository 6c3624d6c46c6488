"""axe-core in the page: what it finds wrong by WCAG 2.2, levels A and AA."""

from typing import Any

from playwright.async_api import Page

from tests.peers import places

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page) -> list[str]:
    """Each rule that is broken, with the elements that break it. The script goes around the page's own policy."""
    source = (places.LINK / "axe-core" / "axe.min.js").read_text("utf-8")
    await page.evaluate(f"() => {{ {source} }}")
    found: dict[str, Any] = await page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", _TAGS
    )
    assert len(found["passes"]) > 10, "axe did not look"
    return [f"{broken['id']}: {[node['html'] for node in broken['nodes']]}" for broken in found["violations"]]
