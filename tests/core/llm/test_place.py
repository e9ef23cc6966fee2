"""Where an address is, and which are never called."""

import pytest

from core.domain.model import Place
from core.errors import BadAddress
from core.llm.place import check_address, check_resolved, host_of, is_loopback, place_of


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://localhost:1234", "http://[::1]:80/v1"])
def test_loopback_is_this_machine(url: str) -> None:
    assert place_of(url) is Place.LOCAL


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "http://10.0.0.5:8000/v1", "http://localhost.evil.com"])
def test_every_other_address_is_outside_until_somebody_declares_it(url: str) -> None:
    assert place_of(url) is Place.CLOUD
    assert place_of(url, Place.PRIVATE) is Place.PRIVATE


def test_only_loopback_is_ever_this_machine() -> None:
    assert place_of("http://10.0.0.5/v1", Place.LOCAL) is Place.PRIVATE


def test_a_loopback_address_may_be_declared_outside() -> None:
    assert place_of("http://127.0.0.1:4000", Place.CLOUD) is Place.CLOUD


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://API.OpenAI.com/v1", "api.openai.com"),
        ("https://api.openai.com:443/v1", "api.openai.com"),
        ("http://127.0.0.1:8000/v1", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://lab.:80", "lab"),
    ],
)
def test_a_key_is_bound_to_host_and_port(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.google.internal/v1",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://100.100.100.200/",
        "http://0.0.0.0:8000/v1",
        "http://[::]/v1",
        "http://224.0.0.1/v1",
        "ftp://files/v1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http:///v1",
        "http://user:secret@lab/v1",
        "http://lab:99999/v1",
        "",
    ],
)
@pytest.mark.parametrize("place", list(Place))
def test_some_addresses_are_never_called(url: str, place: Place) -> None:
    with pytest.raises(BadAddress) as caught:
        check_address(url, place)
    assert caught.value.next_step


@pytest.mark.parametrize("url", ["http://10.1.2.3/v1", "http://192.168.0.9:8000", "http://[fd12::1]/v1"])
def test_a_neighbour_must_be_declared_one(url: str) -> None:
    with pytest.raises(BadAddress, match="declared outside"):
        check_address(url, Place.CLOUD)
    assert check_address(url, Place.PRIVATE) == url


def test_an_address_is_tidied() -> None:
    assert check_address(" https://lab.example/v1/?x=1#y ", Place.CLOUD) == "https://lab.example/v1"


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1%eth0", "0.0.0.0"])
def test_a_name_that_leads_to_such_an_address_is_refused_too(address: str) -> None:
    with pytest.raises(BadAddress):
        check_resolved("lab.example", ["93.184.216.34", address], Place.PRIVATE)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1"])
def test_a_name_from_outside_may_not_lead_inside(address: str) -> None:
    with pytest.raises(BadAddress):
        check_resolved("models.example", [address], Place.CLOUD)
    check_resolved("models.example", [address], Place.PRIVATE)


def test_loopback_is_told_by_the_name_itself() -> None:
    assert is_loopback("localhost:11434")
    assert is_loopback("127.9.9.9")
    assert not is_loopback("127.0.0.1.evil.com")
    assert not is_loopback("notlocalhost")
