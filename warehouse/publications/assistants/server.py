"""The tools that assistants see (Model Context Protocol); `observatory mcp` serves them on stdio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.publications.assistants.answers import Answers

INSTRUCTIONS = (
    "Figures about the world's metropolitan areas from one release of the World Observatory of "
    "Metropolitan Areas. Every figure describes one territory: say its scale, system, unit, period "
    "and source, and give the attribution. Never compare two figures yourself: tool compare says "
    "which may be compared, and refuses the rest with the reason. What is not there is unknown."
)


def make(folder: Path):
    """The server of the release in `folder`.

    Raises `WarehouseError` where there is no release, or package mcp is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp.types import ToolAnnotations
    except ImportError:
        raise WarehouseError(
            "The server for assistants needs package mcp; install it with: pip install "
            "'world-observatory[mcp]'."
        ) from None
    answers = Answers(folder)
    server = MCPServer("world-observatory", instructions=INSTRUCTIONS, version=answers.release.name)
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    def refusing(question: Callable[[], Any]) -> Any:
        try:
            return question()
        except WarehouseError as error:
            raise ToolError(str(error)) from None

    @server.tool(annotations=reads)
    def about_release() -> dict[str, Any]:
        """What this release is, how to cite it, and the rules for using its figures."""
        return refusing(answers.about)

    @server.tool(annotations=reads)
    def search_indicators(text: str, language: str = "en", limit: int = 20) -> dict[str, Any]:
        """Indicators by words of their title or definition; titles in en, ca, es or fr."""
        return {"indicators": refusing(lambda: answers.indicators(text, language, limit))}

    @server.tool(annotations=reads)
    def search_metropolises(
        text: str, country: str | None = None, limit: int = 20
    ) -> dict[str, Any]:
        """Metropolises by name in any language or script; country is ISO 3166 (ES or ESP)."""
        return {"metropolises": refusing(lambda: answers.metropolises(text, country, limit))}

    @server.tool(annotations=reads)
    def get_observations(
        indicator_id: str,
        metropolis: str,
        scale: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = 100,
    ) -> dict[str, Any]:
        """Figures of one indicator about one metropolis, newest first, with scale, unit, period, status, source, licence and attribution. since and until are periods such as 2015."""
        return refusing(
            lambda: answers.observations(
                indicator_id, metropolis, scale=scale, since=since, until=until, limit=limit
            )
        )

    @server.tool(annotations=reads)
    def get_profile(metropolis: str, theme: str | None = None, limit: int = 100) -> dict[str, Any]:
        """One figure per indicator about one metropolis, chosen by a stated order of age, scale and system, with the others that it was preferred over. Never rank or compare by it; theme is one such as economy."""
        return refusing(lambda: answers.profile(metropolis, theme, limit))

    @server.tool(annotations=reads)
    def compare(
        indicator_id: str, metropolis_a: str, metropolis_b: str, period: str
    ) -> dict[str, Any]:
        """The pairs of figures of two metropolises around a period (such as 2015) that may be compared; refuses with the reasons where none may."""
        return refusing(lambda: answers.compare(indicator_id, metropolis_a, metropolis_b, period))

    return server
