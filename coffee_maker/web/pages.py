"""Pages out of templates: whatever is put in is escaped, and hidden characters are shown."""

import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from coffee_maker.domain.visible import visible
from coffee_maker.web.refusal import not_found

_STATIC = {
    "style.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class Pages:
    """Every page of one project."""

    def __init__(self, project: str) -> None:
        folder = files("coffee_maker.web") / "static"
        self._static = {name: (folder / name).read_bytes() for name in _STATIC}
        version = hashlib.sha256(b"".join(self._static.values())).hexdigest()[:12]
        self._environment = Environment(
            loader=PackageLoader("coffee_maker.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_shown,
        )
        self._environment.globals |= {"project": project, "version": version}

    def page(self, name: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """A page; `session` is who is logged in, or None."""
        facts.setdefault("session", None)
        text = self._environment.get_template(name).render(**facts)
        return HTMLResponse(text.encode(errors="replace"), status_code=status)

    def message(self, status: int, heading: str, text: str, **facts: Any) -> HTMLResponse:
        """A page that only says something."""
        return self.page("message.html", status=status, heading=heading, text=text, **facts)

    async def static(self, request: Request) -> Response:
        """The style sheet, the script and the icon; their address changes when they do."""
        name = request.path_params["name"]
        if name not in _STATIC:
            raise not_found()
        keep = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self._static[name], media_type=_STATIC[name], headers=keep)


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) else value
