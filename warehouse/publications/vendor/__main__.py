"""`python -m warehouse.publications.vendor`: fetch the stated versions again (needs Node and npm)."""

from warehouse.publications.vendor import refresh

if __name__ == "__main__":
    print("written:", ", ".join(refresh()))
