"""The registry of metropolises, built from what the identifier systems themselves list.

Here: readers of their lists (`read`, `gazetteer`, `countries`) and the assembly (`build`). Not
here: how places are matched (`warehouse.registry.matching.match`), figures, paths of this machine.
"""
