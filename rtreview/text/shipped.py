"""Files that come with the package: references, schemas and examples."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
ROOT = _PACKAGE if (_PACKAGE / "references").is_dir() else _PACKAGE.parent
"""The folder that holds them: inside an installed package, beside it in a checkout."""
