"""The models of the catalog's files: what each may say, field by field."""
