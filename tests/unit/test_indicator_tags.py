"""The search of the UI finds an indicator under its title in every language."""

import catalog
from assets.indicators import _names


def test_an_indicator_is_tagged_with_its_title_in_every_language():
    tags = _names(catalog.load().indicators["gdp"])
    assert tags["name_en"] == "gross-domestic-product"
    assert tags["name_ca"] == "producte-interior-brut"
