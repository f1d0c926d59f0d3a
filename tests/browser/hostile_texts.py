"""Texts that would be links, pictures, icons, formulas or headings if a page took them for Markdown or HTML."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page

TEXTS = (
    "see https://evil.example/x?y=1#z.",
    "HTTP://EVIL.example",
    "www.evil.example",
    ":www.evil.example:smile:",
    "a@b.example and mailto:a@b.example",
    "ppl@Qwen2.5-7B and :a@b.example",
    "[x](javascript:alert(1))",
    "[x][y] <https://evil.example> [y]: https://evil.example",
    "<a href='http://evil.example'>y</a> <img src=http://evil.example/p.png>",
    "![](http://evil.example/p.png)",
    "&#104;ttps://evil.example &lt;b&gt;",
    "$x$ and $$y$$",
    ":material/home: :material_home: :streamlit: :red[x] :smile: :small[x]",
    "a -> b <- c -- d >= e <= f ~= g <-> h --> i",
    "*a* _b_ `c` ~~d~~ | e |",
    "# heading",
    "- item",
    "1. item",
    "> quoted",
    "---",
    "    code",
    "a\n===\nb",
    "a\n\n    https://evil.example/\n\n---\nx",
)

_MADE_OF_TEXT = """root => [...root.querySelectorAll(
    'a[href], a[*|href], img, image, [role=img], .katex, em, del, blockquote, hr, li, iframe, object, embed'
)].map(element => element.outerHTML.slice(0, 200))"""
_ADDRESSES = """() => [...document.querySelectorAll('a, img, image, iframe, object, embed, link, script, use')].flatMap(
    element => ['href', 'xlink:href', 'src', 'data'].map(name => element.getAttribute(name)).filter(Boolean)
)"""


def made_of_text(page: Page, selector: str = "body") -> list[str]:
    """Links, pictures, icons, formulas, lists and quotations inside ``selector``, as HTML."""
    return page.locator(selector).first.evaluate(_MADE_OF_TEXT)


def addresses_elsewhere(page: Page) -> list[str]:
    """The addresses on the page, of links, pictures and frames, that are not the app's own."""
    own = "{0.scheme}://{0.netloc}/".format(urlsplit(page.url))
    absolute = [urljoin(page.url, address) for address in page.evaluate(_ADDRESSES)]
    return [address for address in absolute if not address.startswith((own, "data:image/", "blob:"))]
