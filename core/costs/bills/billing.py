"""A provider's bill by its admin key: kept like every key, bound to the provider's host, used on request alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from core.costs.bills.fetching import APIS, fetch_bill
from core.costs.bills.kept import BillReport, Bills
from core.errors import InputError, MissingKey
from core.llm.credentials import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingKey:
    """A provider that tells its bill: its name for people, and where its admin key comes from ("" where there is none).

    `source` is `file` for a key that was pasted, else the variable that holds it; `variable` is the one that may.
    """

    provider: str
    label: str
    host: str
    variable: str
    source: str


class Billing:
    """Fetches bills. Admin keys are apart from those that ask models; `hosts` stand in for providers' own in tests."""

    def __init__(self, bills: Bills, credentials: Credentials, *, hosts: Mapping[str, str] | None = None) -> None:
        """Keep where bills and keys are kept."""
        self._bills = bills
        self._credentials = credentials
        self._hosts = hosts or {}

    def providers(self) -> tuple[BillingKey, ...]:
        """Give the providers that tell their bill, with whether there is an admin key. Raises SettingsError."""
        return tuple(
            BillingKey(
                provider=provider,
                label=api.label,
                host=self._host(provider),
                variable=api.key_name,
                source=self._credentials.source_of(_name(provider), variables=(api.key_name,)),
            )
            for provider, api in APIS.items()
        )

    def keep_key(self, provider: str, key: str) -> None:
        """Keep an admin key for the provider's host alone. Raises BadKey, SettingsError, StoreError."""
        self._credentials.save(_name(provider), host=self._host(provider), key=key)

    def forget_key(self, provider: str) -> None:
        """Forget a pasted admin key. Raises SettingsError, StoreError."""
        self._credentials.remove(_name(provider))

    def fetch(self, provider: str, *, first: date, last: date, person: str = "") -> BillReport:
        """Fetch and keep what a provider billed from `first` to `last`, UTC days, both in. This is a network call.

        Raises InputError for a period that cannot be, MissingKey without an admin key, and what `fetch_bill` raises;
        then nothing is changed.
        """
        if first > last:
            raise InputError("The period ends before it begins.", next_step="Check the two days.")
        api = APIS[provider]
        key = self._credentials.key_for(_name(provider), host=self._host(provider), variables=(api.key_name,))
        if key is None:
            raise MissingKey(
                f"There is no admin key for {api.label}.", next_step=f"Paste one, or set {api.key_name} on the server."
            )
        lines = fetch_bill(provider, key, first=first, last=last, host=self._hosts.get(provider))
        return self._bills.take_in(lines, read_from=f"{api.label}, fetched {first} to {last}", person=person)

    def _host(self, provider: str) -> str:
        return urlsplit(self._hosts.get(provider, APIS[provider].host)).netloc


def _name(provider: str) -> str:
    return f"{provider} billing"
