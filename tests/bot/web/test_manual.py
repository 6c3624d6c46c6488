"""The page that describes the API works offline: nothing on it comes from elsewhere."""

import re

import httpx


async def test_the_page_needs_nothing_from_elsewhere(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/api/docs")

    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert sorted(loaded) == ["docs.css", "openapi.json"]
    for address in loaded:
        assert (await stranger.get(f"/api/{address}")).status_code == 200


async def test_the_page_shows_every_call_with_its_fields_and_examples(stranger: httpx.AsyncClient) -> None:
    described = (await stranger.get("/api/openapi.json")).json()["paths"]
    page = (await stranger.get("/api/docs")).text

    for path, methods in described.items():
        for method, call in methods.items():
            assert f"<b>{method.upper()}</b> {path}</code>" in page
            assert call["summary"] in page
    assert "<code>happened_at</code> <em>required</em>" in page
    assert "low · normal · high" in page
    assert "CALL-1042" in page
