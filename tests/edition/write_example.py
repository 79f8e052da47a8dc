"""Writes what travels with the package and is made from the data and the schema.

`python tests/edition/write_example.py` computes the edition of the day below and writes
`digitransform/edition/example` (the example edition) and `docs/data_dictionary.md`.
Run it when a column of an edition is added, renamed or dropped.
"""

from datetime import date
from pathlib import Path

from digitransform.data.collection import read_collection
from digitransform.edition.edition import make_edition
from digitransform.edition.example import reduce_edition
from digitransform.edition.schema import data_dictionary
from digitransform.publish.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings(data=ROOT / "data", as_of=date(2026, 11, 22))


def main() -> None:
    "Compute the edition, cut it, write it, and write the dictionary."
    (ROOT / "docs" / "data_dictionary.md").write_text(data_dictionary(), encoding="utf-8")
    edition = make_edition(read_collection(SETTINGS.data), SETTINGS)
    reduce_edition(edition).save(ROOT / "digitransform" / "edition" / "example")


if __name__ == "__main__":
    main()
