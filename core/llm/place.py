"""Where an address is, and whether it may be called at all.

A server's address is typed by a person, so it is checked as a stranger's would be: it could name the machine's cloud
metadata service, or a neighbour the person never meant. Loopback is this machine; anything else is outside unless the
team declares it its own.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from core.domain.model import Place
from core.errors import BadAddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(address)
    for address in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)


def place_of(url: str, declared: Place | None = None) -> Place:
    """Give where an address is: what the team declared, else this machine for loopback and outside for all others.

    Only loopback is ever `LOCAL`: another address declared so is the team's own, thus `PRIVATE`. Raises BadAddress.
    """
    loopback = is_loopback(host_of(url))
    if declared is None:
        return Place.LOCAL if loopback else Place.CLOUD
    return Place.PRIVATE if declared is Place.LOCAL and not loopback else declared


def host_of(url: str) -> str:
    """Give the host and, where it is not the scheme's own, the port: what a key is bound to. Raises BadAddress."""
    parts = _split(url)
    host = str(parts.hostname).lower().rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    return shown if parts.port in (None, usual) else f"{shown}:{parts.port}"


def check_address(url: str, place: Place) -> str:
    """Give the address tidied, or raise BadAddress where it may not be called. Looks nothing up.

    Refused are other schemes than http and https, passwords within the address, metadata services, link-local,
    multicast and unspecified addresses everywhere, and private networks under `CLOUD`.
    """
    parts = _split(url)
    host = str(parts.hostname).lower().rstrip(".")
    if parts.username or parts.password:
        raise BadAddress("The address holds a name or a password.", next_step="Put the key into its own field.")
    if host in METADATA_NAMES:
        raise BadAddress(f"{host} is a metadata service of the machine, not a model server.")
    address = _as_ip(host)
    if address is not None:
        _check_ip(address, host=host, place=place, typed=True)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def check_resolved(host: str, addresses: Iterable[str], place: Place) -> None:
    """Raise BadAddress where a host's name leads to an address that may not be called.

    A name from outside that leads inside is the way to make a server call its own neighbours, so that even loopback is
    refused under `CLOUD` unless it was typed as such.
    """
    for address in addresses:
        _check_ip(ipaddress.ip_address(address.partition("%")[0]), host=host, place=place, typed=is_loopback(host))


def is_loopback(host: str) -> bool:
    """Tell whether a host, with or without a port, is this machine by its very name."""
    name = urlsplit(f"//{host}").hostname or ""
    address = _as_ip(name)
    return address.is_loopback if address is not None else name == "localhost" or name.endswith(".localhost")


def is_ip(host: str) -> bool:
    """Tell whether a host, with or without a port, is a number and so needs no looking up."""
    return _as_ip(urlsplit(f"//{host}").hostname or "") is not None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        port_readable = parts.port is None or parts.port > 0
    except ValueError as error:
        raise BadAddress(f"{url!r} is no address.", detail=str(error)) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_readable:
        raise BadAddress(f"{url!r} is no web address.")
    return parts


def _as_ip(host: str) -> IPAddress | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _check_ip(address: IPAddress, *, host: str, place: Place, typed: bool) -> None:
    plain = _as_ip(str(address)) or address
    if plain in METADATA_ADDRESSES or plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        raise BadAddress(f"{host} leads to {plain}, which is no address of a model server.")
    if place is Place.CLOUD and not plain.is_global and not (plain.is_loopback and typed):
        raise BadAddress(
            f"{host} leads to {plain}, which is inside, but it was declared outside.",
            next_step="Declare it as this machine or our network.",
        )
