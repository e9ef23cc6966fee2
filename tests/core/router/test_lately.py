from core.errors import StoreError
from core.router.lately import Lately


def test_it_is_read_once_in_a_while_and_an_unreadable_database_changes_nothing() -> None:
    reads = 0

    def read() -> dict[str, int]:
        nonlocal reads
        reads += 1
        return {"lab/001": reads}

    asked = Lately(read)
    assert [asked(), asked()] == [{"lab/001": 1}] * 2

    def broken() -> dict[str, int]:
        raise StoreError("The database cannot be read.")

    assert Lately(broken)() == {}
