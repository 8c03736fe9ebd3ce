"""What survey tools export, read into one neutral form; the files are hostile until proved.

Here belong the door that spreadsheets must pass (`hostile`), one reader for each tool, and the
neutral form (`neutral`). What the answers mean belongs to the catalog and the warehouse.
"""
