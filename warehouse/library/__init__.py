"""The library of metropolitan governance as tables and citations; what is in it is data of the catalog."""
